// argv to a command. Signals are taken over before anything else: from here on none is lost.
#include <unistd.h>

#include <exception>
#include <string>
#include <string_view>

#include "init/cli/compat/peer.h"
#include "init/cli/help.h"
#include "init/cli/message.h"
#include "init/cli/run.h"
#include "init/lifecycle/policy.h"
#include "init/os/fd.h"
#ifdef USHER_TLS
#include "init/tls/helper.h"
#endif

namespace {

// As PID 1 we cannot die by abort(): its signal would be ignored and the end be a fault.
[[noreturn]] void leave() { ::_exit(usher::exit_code::kInternal); }

int command(int argc, char** argv, const usher::InheritedSignals& inherited) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (usher::is_help(word)) return usher::help_command(argc > 2 ? argv[2] : "");
  if (usher::asks_for_help(argc - 1, argv + 1)) return usher::help_command(word);
  if (const usher::Command* const known = usher::find_command(word == "--version" ? "version" : word))
    return known->run(argc - 1, argv + 1, inherited);
#ifdef USHER_TLS
  if (word == "--tls-helper") return usher::tls_helper();
#endif
  if (const std::string_view meant = usher::command_meant(word); !meant.empty())
    return usher::usage_error("there is no command and no program " + std::string(word) + "; did you mean `usher " +
                              std::string(meant) + "`? A service of that name comes after `usher --`");
  return usher::run_command(argc - 1, argv + 1, inherited);
}

int dispatch(int argc, char** argv, const usher::InheritedSignals& inherited) {
  if (argc > 0)
    if (const usher::PeerCommand peer = usher::find_peer(argv[0])) return peer(argc, argv, inherited);
  const int code = command(argc, argv, inherited);
  const usher::Command* const known = usher::find_command(argc > 1 ? argv[1] : "");
  const bool says_all = known && known->code_is_answer && !usher::asks_for_help(argc - 1, argv + 1);
  return says_all ? code : usher::code_of_printed(code);
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
