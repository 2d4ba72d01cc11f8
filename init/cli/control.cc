#include "init/cli/control.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "init/base/controls.h"
#include "init/base/signal_name.h"
#include "init/base/text.h"
#include "init/cli/message.h"
#include "init/cli/reach.h"

namespace usher {
namespace {

constexpr std::array<Ask, 4> kCommands{Ask::stop, Ask::restart, Ask::reload, Ask::signal};
constexpr Millis kAnswerLimit{30'000};

const Ask* find(std::string_view word) {
  const auto found = std::find_if(kCommands.begin(), kCommands.end(),
                                  [word](Ask ask) { return to_string(ask) == word; });
  return found != kCommands.end() ? &*found : nullptr;
}

}  // namespace

int control_command(int argc, char** argv, const InheritedSignals& inherited) {
  give_back_signals(inherited);
  const std::string word = argv[0];
  ControlRequest request;
  request.ask = *find(word);
  const int operands = request.ask == Ask::signal ? 1 : 0;
  if (argc - 1 < operands) return usage_error("signal: which one? For example: usher signal HUP");
  if (argc - 1 > operands) return usage_error(word + ": unexpected " + in_quotes(argv[1 + operands]));
  if (operands == 1) {
    const auto signal = parse_signal(argv[1]);
    if (!signal) return usage_error("signal: " + in_quotes(argv[1]) + " is no signal");
    request.signal = *signal;
  }
  // How long a service may take to stop and to start is its configuration's business.
  const auto limit = request.ask == Ask::reload ? std::optional(kAnswerLimit) : std::nullopt;
  const ControlAnswer answer = ask_usher(request, kShortPatience, limit);
  if (request.ask == Ask::stop && answer.ended) return 0;  // it went before it could say so
  if (!answer.problem.empty()) {
    complain(word + ": " + answer.problem);
    return 1;
  }
  print(escape_controls(answer.json.text_of("done")) + '\n');
  return 0;
}

}  // namespace usher
