#include "init/cli/status.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "init/base/json.h"
#include "init/cli/message.h"
#include "init/cli/reach.h"
#include "init/cli/status_table.h"
#include "init/cli/system.h"

namespace usher {
namespace {

constexpr Millis kAnswerLimit{5'000};

struct StatusOptions {
  bool all = false;
  bool json = false;
  bool watch = false;
  std::string problem;
};

StatusOptions parse(int argc, char** argv) {
  StatusOptions options;
  for (int i = 0; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--all")
      options.all = true;
    else if (word == "--json")
      options.json = true;
    else if (word == "--watch")
      options.watch = true;
    else
      options.problem = "status: unknown option " + std::string(word);
  }
  if (options.all && options.watch)
    options.problem = "status: --all and --watch exclude each other";
  return options;
}

TableStyle style_of_stdout() {
  TableStyle style;
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return style;
  const char* no_colour = std::getenv("NO_COLOR");
  style.colour = no_colour == nullptr || *no_colour == '\0';
  style.width = size.ws_col;
  return style;
}

// Returns whether it could be written.
bool show(const ControlAnswer& answer, const StatusOptions& options, bool anew) {
  const Json* status = answer.json.find("status");
  const Snapshot snapshot = status != nullptr ? snapshot_from(*status) : Snapshot{};
  // As it is, for programs; without the envelope.
  if (options.json) return print(to_json(snapshot) + '\n');
  const std::string table = status_table(snapshot, style_of_stdout());
  // Home first and then clear what is below: a redraw without a flicker.
  const bool redraw = options.watch && ::isatty(STDOUT_FILENO) != 0;
  if (redraw) return print((anew ? "\x1b[2J\x1b[H" : "\x1b[H") + table + "\x1b[J");
  return print((anew ? "" : "\n") + table);
}

int show_all(const StatusOptions& options) {
  const SystemServices services = read_system();
  if (!services.problem.empty()) complain("status: " + services.problem);
  if (options.json)
    print(system_json(services.entries) + '\n');
  else if (!services.entries.empty())
    print(system_table(services.entries, std::chrono::system_clock::now(), style_of_stdout()));
  return services.problem.empty() ? 0 : 1;
}

}  // namespace

int status_command(int argc, char** argv, const InheritedSignals& inherited) {
  give_back_signals(inherited);
  const StatusOptions options = parse(argc, argv);
  if (!options.problem.empty()) return usage_error(options.problem);
  if (options.all) return show_all(options);
  ControlClient client;
  ControlRequest request;
  request.ask = options.watch ? Ask::watch : Ask::status;
  std::string problem = reach_usher(client, kShortPatience);
  if (problem.empty()) problem = client.send(request);
  bool anew = true;
  while (problem.empty()) {
    const bool patient = options.watch && !anew;
    const ControlAnswer answer =
        read_answer(client, patient ? std::nullopt : std::optional(kAnswerLimit));
    if (answer.ended && patient) return 0;  // usher has come to its end, and has shown it
    problem = answer.problem;
    if (!problem.empty()) break;
    if (!show(answer, options, anew) || !options.watch) return 0;
    anew = false;
  }
  complain("status: " + problem);
  return 1;
}

}  // namespace usher
