// tini, which Docker ships as docker-init.
#include <getopt.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "init/base/signal_name.h"
#include "init/base/text.h"
#include "init/cli/compat/peer.h"
#include "init/cli/message.h"
#include "init/cli/run.h"

namespace usher {
namespace {

// `docker info` takes the version from between "version" and " - ", and the commit from after it.
constexpr char kVersion[] = "tini version 0.19.0 (usher " USHER_VERSION ") - git.usher\n";

constexpr char kHelp[] =
    "tini, as usher " USHER_VERSION " speaks it\n"
    "Usage: tini [OPTIONS] PROGRAM -- [ARGS] | --version\n"
    "\n"
    "  --version     Show the version and exit.\n"
    "  -h            Show this help message and exit.\n"
    "  -s            Register as a subreaper where this is not PID 1.\n"
    "  -p SIGNAL     Get SIGNAL when the parent dies, and pass it on: -p SIGKILL\n"
    "  -v            Say more on stderr; up to three times.\n"
    "  -w            Warn about each orphan that is reaped.\n"
    "  -g            Send signals to the process group of the program.\n"
    "  -e EXIT_CODE  Return 0 for EXIT_CODE (0 to 255); may be repeated.\n"
    "  -l            Show the license and exit.\n"
    "\n"
    "Environment: TINI_SUBREAPER and TINI_KILL_PROCESS_GROUP are -s and -g where they are set,\n"
    "TINI_VERBOSITY is the level of messages (0 to 4, default 1).\n";

constexpr char kUseless[] =
    "Tini is not running as PID 1 and isn't registered as a child subreaper.\n"
    "Zombie processes will not be re-parented to Tini, so zombie reaping won't work.\n"
    "To fix the problem, use the -s option or set the environment variable TINI_SUBREAPER to "
    "register Tini as a child subreaper, or run Tini as PID 1.";

enum Verbosity { kFatal, kWarning, kInfo, kDebug };

struct Options {
  bool subreaper = false, group = false, warn_on_reap = false;
  int verbosity = kWarning;
  int parent_death_signal = 0;
  std::map<int, int> remap;
};

std::string line(const char* level, const std::string& text) {
  return '[' + std::string(level) + " tini (" + pid_text() + ")] " + text + '\n';
}

class Tini final : public Dialect {
 public:
  explicit Tini(const Options& options) : options_(options) {}

  std::string started(const SpawnRequest& request, pid_t pid) const override {
    return info("Spawned child process '" + request.argv[0] + "' with pid '" +
                std::to_string(pid) + '\'');
  }
  std::string not_started(const SpawnRequest& request, const SpawnResult& result) const override {
    if (result.stage != SpawnStage::exec) return line("FATAL", describe(result, request));
    return line("FATAL", "exec " + request.argv[0] + " failed: " + std::strerror(result.error));
  }
  std::string received(int signo, int) const override {
    if (options_.verbosity < kDebug) return {};  // the service waits for its signal
    if (signo == SIGCHLD) return debug("Received SIGCHLD");
    return debug(std::string("Passing signal: '") + ::strsignal(signo) + '\'');
  }
  std::string terminal_given(int) const override { return {}; }
  std::string reaped(const Ended& child, bool service) const override {
    if (options_.verbosity < kInfo && (service || !options_.warn_on_reap)) return {};
    const std::string pid = std::to_string(child.pid);
    std::string text = debug("Reaped child with pid: '" + pid + '\'');
    if (!service && options_.warn_on_reap && options_.verbosity >= kWarning)
      text += line("WARN ", "Reaped zombie process with pid=" + pid);
    if (!service) return text;
    if (child.signal != 0)
      return text + info(std::string("Main child exited with signal (with signal '") +
                         ::strsignal(child.signal) + "')");
    return text + info("Main child exited normally (with status '" + std::to_string(child.code) + "')");
  }
  // There the code of a program that could not be executed is that of a child, and -e is for it, too.
  int exit_code(const Verdict& verdict) const override {
    if (verdict.reason == Reason::system || verdict.reason == Reason::internal) return 1;
    const bool unborn = verdict.reason == Reason::exec_failed;
    return unborn && options_.remap.contains(verdict.code) ? 0 : verdict.code;
  }

 private:
  std::string info(const std::string& text) const {
    return options_.verbosity >= kInfo ? line("INFO ", text) : std::string();
  }
  std::string debug(const std::string& text) const {
    return options_.verbosity >= kDebug ? line("DEBUG", text) : std::string();
  }
  const Options& options_;
};

int invalid(const char* option, const char* value) {
  print_error(line("FATAL", std::string("Not a valid option for -") + option + ": " + value));
  return 1;
}

// Returns -1, or what to exit with.
int read_option(int option, Options& options) {
  switch (option) {
    case 's': options.subreaper = true; break;
    case 'g': options.group = true; break;
    case 'v': ++options.verbosity; break;
    case 'w': options.warn_on_reap = true; break;
    case 'h': print(kHelp); return 0;
    case 'l': print("usher is under the MIT license.\n"); return 0;
    case 'p': {
      const auto signo = parse_signal(::optarg);
      if (!signo) return invalid("p", ::optarg);
      options.parent_death_signal = *signo;
      break;
    }
    case 'e': {
      const auto code = parse_integer(::optarg);
      if (!code || *code < 0 || *code > 255) return invalid("e", ::optarg);
      options.remap[static_cast<int>(*code)] = 0;
      break;
    }
    default: print_error(kHelp); return 1;
  }
  return -1;
}

void read_environment(Options& options) {
  options.subreaper |= std::getenv("TINI_SUBREAPER") != nullptr;
  options.group |= std::getenv("TINI_KILL_PROCESS_GROUP") != nullptr;
  if (const char* level = std::getenv("TINI_VERBOSITY")) options.verbosity = std::atoi(level);
}

// "tini PROGRAM -- ARGS" and "tini -- PROGRAM ARGS" are the same; what has no "--" at either place
// is taken as it is.
char** program(int argc, char** argv) {
  char** command = argv + ::optind;
  const bool separated = ::optind > 1 && std::strcmp(argv[::optind - 1], "--") == 0;
  if (separated || ::optind + 1 >= argc || std::strcmp(command[1], "--") != 0) return command;
  command[1] = command[0];
  return command + 1;
}

}  // namespace

int tini_command(int argc, char** argv, const InheritedSignals& inherited) {
  if (argc == 2 && std::strcmp(argv[1], "--version") == 0) {
    print(kVersion);
    return 0;
  }
  Options options;
  for (int option; (option = ::getopt(argc, argv, "+hvwgle:sp:")) != -1;)
    if (const int code = read_option(option, options); code >= 0) return code;
  if (::optind >= argc) {
    print_error(kHelp);
    return 1;
  }
  read_environment(options);
  if (options.parent_death_signal != 0) ::prctl(PR_SET_PDEATHSIG, options.parent_death_signal);
  if (::getpid() != 1 && !options.subreaper && options.verbosity >= kWarning)
    print_error(line("WARN ", kUseless));

  Config config = peer_config(program(argc, argv));
  config.drop_in.subreaper = options.subreaper;
  if (options.group) config.shutdown.scope = SignalScope::group;
  config.exit.remap = options.remap;
  const Tini tini(options);
  return supervise(std::move(config), inherited, &tini);
}

}  // namespace usher
