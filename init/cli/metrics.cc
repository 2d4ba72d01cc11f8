#include "init/cli/metrics.h"

#include <unistd.h>

#include "init/base/controls.h"
#include "init/base/text.h"
#include "init/cli/message.h"
#include "init/cli/reach.h"

namespace usher {

int metrics_command(int argc, char** argv, const InheritedSignals& inherited) {
  constexpr Millis kAnswerLimit{5'000};
  give_back_signals(inherited);
  if (argc > 0) return usage_error("metrics: unexpected " + in_quotes(argv[0]));
  ControlRequest request;
  request.ask = Ask::metrics;
  const auto answer = ask_usher(request, kShortPatience, kAnswerLimit);
  if (!answer.problem.empty()) {
    complain("metrics: " + answer.problem);
    return 1;
  }
  const std::string_view text = answer.json.text_of("metrics");
  print(::isatty(STDOUT_FILENO) != 0 ? escape_controls_in_lines(text) : std::string(text));
  return 0;
}

}  // namespace usher
