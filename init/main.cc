// argv to a command. Signals are taken over before anything else: from here on none is lost.
#include <unistd.h>

#include <exception>
#include <string>
#include <string_view>

#include "init/cli/check.h"
#include "init/cli/compat/peer.h"
#include "init/cli/control.h"
#include "init/cli/health.h"
#include "init/cli/help.h"
#include "init/cli/message.h"
#include "init/cli/metrics.h"
#include "init/cli/report.h"
#include "init/cli/run.h"
#include "init/cli/schema.h"
#include "init/cli/status.h"
#include "init/cli/version.h"
#include "init/cli/wait.h"
#include "init/lifecycle/policy.h"
#include "init/os/fd.h"

namespace {

// As PID 1 we cannot die by abort(): its signal would be ignored and the end be a fault.
[[noreturn]] void leave() { ::_exit(usher::exit_code::kInternal); }

// The exit code says all, whatever becomes of the words.
bool answers_by_code(int argc, char** argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  return (word == "health" || usher::is_control_command(word)) &&
         !usher::asks_for_help(argc - 1, argv + 1);
}

int command(int argc, char** argv, const usher::InheritedSignals& inherited) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (word == "run") return usher::run_command(argc - 2, argv + 2, inherited);
  if (usher::is_help(word)) return usher::help_command(argc > 2 ? argv[2] : "");
  if (usher::asks_for_help(argc - 1, argv + 1)) return usher::help_command(word);
  if (word == "health") return usher::health_command(argc - 2, argv + 2, inherited);
  if (word == "status") return usher::status_command(argc - 2, argv + 2, inherited);
  if (word == "metrics") return usher::metrics_command(argc - 2, argv + 2, inherited);
  if (usher::is_control_command(word)) return usher::control_command(argc - 1, argv + 1, inherited);
  if (word == "wait") return usher::wait_command(argc - 2, argv + 2, inherited);
  if (word == "check") return usher::check_command(argc - 2, argv + 2, inherited);
  if (word == "report") return usher::report_command(argc - 2, argv + 2, inherited);
  if (word == "schema") return usher::schema_command(argc - 2, argv + 2);
  if (word == "version" || word == "--version") return usher::version_command();
  if (const std::string_view meant = usher::command_meant(word); !meant.empty())
    return usher::usage_error("there is no command and no program " + std::string(word) + "; did you mean `usher " +
                              std::string(meant) + "`? A service of that name comes after `usher --`");
  return usher::run_command(argc - 1, argv + 1, inherited);
}

int dispatch(int argc, char** argv, const usher::InheritedSignals& inherited) {
  if (argc > 0)
    if (const usher::PeerCommand peer = usher::find_peer(argv[0])) return peer(argc, argv, inherited);
  const int code = command(argc, argv, inherited);
  return answers_by_code(argc, argv) ? code : usher::code_of_printed(code);
}

}  // namespace

// What an exception that nobody catches comes to. The C++ library's own would bring a demangler of
// 40 KiB, and end in abort().
namespace __gnu_cxx {
void __verbose_terminate_handler() { leave(); }
}  // namespace __gnu_cxx

int main(int argc, char** argv) {
  const usher::InheritedSignals inherited = usher::take_over_signals();
  std::set_terminate(leave);
  usher::reserve_standard_descriptors();
  return dispatch(argc, argv, inherited);
}
