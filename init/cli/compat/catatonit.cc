// catatonit, which Podman runs as init of a container and as the pause process of a pod.
#include <getopt.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

#include "init/cli/compat/peer.h"
#include "init/cli/message.h"
#include "init/cli/run.h"
#include "init/os/descendants.h"

namespace usher {
namespace {

// Its own form, made for those who read tini's.
constexpr char kVersion[] = "tini version 0.2.1_catatonit (usher " USHER_VERSION ")\n";

constexpr char kUsage[] = "usage: catatonit [-ghLPV] [--] <progname> [<arguments>...]\n";

constexpr char kHelp[] =
    "\n"
    "catatonit, as usher " USHER_VERSION " speaks it\n"
    "  -g             Forward signals to the process group of the program.\n"
    "  -h, --help     Print this help page.\n"
    "  -L, --license  Print the license.\n"
    "  -P, --pause    Run no program: reap what comes here until SIGTERM or SIGINT.\n"
    "  -V, --version  Print the version.\n";

std::string error_line(const std::string& text) {
  return "ERROR (catatonit:" + pid_text() + "): " + text + '\n';
}

class Catatonit final : public Dialect {
 public:
  std::string started(const SpawnRequest&, pid_t) const override { return {}; }
  std::string not_started(const SpawnRequest& request, const SpawnResult& result) const override {
    if (result.stage != SpawnStage::exec) return error_line(describe(result, request));
    return error_line(std::string("failed to exec pid1: ") + std::strerror(result.error));
  }
  std::string received(int, int) const override { return {}; }
  std::string terminal_given(int) const override { return {}; }
  std::string reaped(const Ended&, bool) const override { return {}; }
  int exit_code(const Verdict& verdict) const override {
    const bool own = verdict.reason == Reason::exec_failed || verdict.reason == Reason::system ||
                     verdict.reason == Reason::internal;
    return own ? 1 : verdict.code;
  }
};

struct NobodyListens final : Reaper::Listener {
  void reaped(const Ended&) override {}
};

int pause_here() {
  if (const int error = ::getpid() == 1 ? 0 : become_subreaper()) {
    print_error(error_line(std::string("failed to become a subreaper: ") + std::strerror(error)));
    return 1;
  }
  if (::chdir("/") != 0) print_error(error_line("failed to change to /"));
  NobodyListens nobody;
  sigset_t all;
  ::sigfillset(&all);
  while (true) {
    // Before the first wait, too: no signal tells of those that had ended before we were there.
    while (Reaper::reap(nobody, 1000) == Reaper::Left::more_to_reap) {
    }
    siginfo_t info;
    const int signo = ::sigwaitinfo(&all, &info);
    if (signo == SIGTERM || signo == SIGINT) return 0;
  }
}

constexpr option kLong[] = {
    {"help", no_argument, nullptr, 'h'},  {"license", no_argument, nullptr, 'L'},
    {"pause", no_argument, nullptr, 'P'}, {"version", no_argument, nullptr, 'V'},
    {nullptr, 0, nullptr, 0},
};

int usage(const std::string& why) {
  print_error((why.empty() ? "" : error_line(why)) + kUsage);
  return 1;
}

}  // namespace

int catatonit_command(int argc, char** argv, const InheritedSignals& inherited) {
  if (std::getenv("CATATONIT_LOG") != nullptr) {
    print_error(error_line("CATATONIT_LOG is reserved for future use"));
    return 1;
  }
  bool group = false, pause = false;
  for (int option; (option = ::getopt_long(argc, argv, "+ghLPV", kLong, nullptr)) != -1;) {
    switch (option) {
      case 'g': group = true; break;
      case 'P': pause = true; break;
      case 'h': print_error(std::string(kUsage) + kHelp); return 0;
      case 'L': print("usher is under the MIT license.\n"); return 0;
      case 'V': print(kVersion); return 0;
      default: return usage({});
    }
  }
  if (pause) return pause_here();
  if (::optind >= argc) return usage("missing program name");

  Config config = peer_config(argv + ::optind);
  if (group) config.shutdown.scope = SignalScope::group;
  const Catatonit catatonit;
  return supervise(std::move(config), inherited, &catatonit);
}

}  // namespace usher
