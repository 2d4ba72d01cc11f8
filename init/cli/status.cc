#include "init/cli/status.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <string_view>

#include "init/base/json.h"
#include "init/cli/message.h"
#include "init/cli/reach.h"
#include "init/cli/status_table.h"
#include "init/cli/system.h"
#include "init/os/terminal.h"

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

// Nothing where it is no terminal.
std::optional<winsize> terminal_size() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return std::nullopt;
  return size;
}

TableStyle style_of(const std::optional<winsize>& terminal) {
  TableStyle style;
  if (!terminal) return style;
  style.colour = takes_colours(STDOUT_FILENO);
  style.width = terminal->ws_col;
  return style;
}

// Returns whether it could be written. `before`: the terminal as of the last time, for the first none.
bool show(const ControlAnswer& answer, const StatusOptions& options, std::optional<winsize>& before, bool first) {
  const Json* status = answer.json.find("status");
  const Snapshot snapshot = status != nullptr ? snapshot_from(*status) : Snapshot{};
  // As it is, for programs; without the envelope.
  if (options.json) return print(to_json(snapshot) + '\n');
  const auto terminal = terminal_size();
  const std::string table = status_table(snapshot, style_of(terminal));
  if (!options.watch || !terminal) return print((first ? "" : "\n") + table);
  const bool same = before && before->ws_col == terminal->ws_col && before->ws_row == terminal->ws_row;
  before = terminal;
  return print(redrawn(table, terminal->ws_row, !same));
}

int show_all(const StatusOptions& options) {
  const SystemServices services = read_system();
  if (!services.problem.empty()) complain("status: " + services.problem);
  if (options.json)
    print(system_json(services.entries) + '\n');
  else if (!services.entries.empty())
    print(system_table(services.entries, std::chrono::system_clock::now(), style_of(terminal_size())));
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
  bool first = true;
  std::optional<winsize> terminal;
  while (problem.empty()) {
    const bool patient = options.watch && !first;
    const ControlAnswer answer =
        read_answer(client, patient ? std::nullopt : std::optional(kAnswerLimit));
    if (answer.ended && patient) return 0;  // usher has come to its end, and has shown it
    problem = answer.problem;
    if (!problem.empty()) break;
    if (!show(answer, options, terminal, first) || !options.watch) return 0;
    first = false;
  }
  complain("status: " + problem);
  return 1;
}

}  // namespace usher
