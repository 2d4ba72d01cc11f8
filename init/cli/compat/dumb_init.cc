// dumb-init: the service in a session of its own, signals to all of it, rewritten where asked for.
#include <getopt.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

#include "init/base/text.h"
#include "init/cli/compat/peer.h"
#include "init/cli/message.h"
#include "init/cli/run.h"

namespace usher {
namespace {

constexpr char kVersion[] = "dumb-init v1.2.5 (usher " USHER_VERSION ")\n";

constexpr char kHelp[] =
    "dumb-init, as usher " USHER_VERSION " speaks it\n"
    "Usage: dumb-init [option] program [args]\n"
    "\n"
    "   -c, --single-child   Send signals to the program alone, not to its session's processes.\n"
    "   -r, --rewrite s:r    Send signal number r for each s that comes; 0 for r sends nothing.\n"
    "                        May be repeated.\n"
    "   -v, --verbose        Tell on stderr what happens.\n"
    "   -h, --help           Print this help message and exit.\n"
    "   -V, --version        Print the version and exit.\n"
    "\n"
    "Environment: DUMB_INIT_SETSID=0 is -c, DUMB_INIT_DEBUG=1 is -v.\n";

constexpr char kUsage[] =
    "Usage: dumb-init [option] program [args]\nTry dumb-init --help for full usage.\n";

constexpr char kRewriteUsage[] =
    "Usage: -r option takes <signum>:<signum>, where <signum> is between 1 and 31.\n"
    "This option can be specified multiple times.\n"
    "Use --help for full usage.\n";

constexpr int kMostRewritten = 31;

std::string line(const std::string& text) { return "[dumb-init] " + text + '\n'; }

class DumbInit final : public Dialect {
 public:
  DumbInit(bool verbose, bool session, int last) : verbose_(verbose), session_(session), last_(last) {}

  std::string started(const SpawnRequest&, pid_t pid) const override {
    return tell("Child spawned with PID " + std::to_string(pid) + '.') +
           (session_ ? tell("setsid complete.") : "");
  }
  std::string not_started(const SpawnRequest& request, const SpawnResult& result) const override {
    if (result.stage != SpawnStage::exec) return line(describe(result, request));
    return line(request.argv[0] + ": " + std::strerror(result.error));
  }
  std::string received(int signo, int sent) const override {
    if (!verbose_) return {};  // the service waits for its signal
    std::string text = tell("Received signal " + std::to_string(signo) + '.');
    if (signo == SIGCHLD) return text;
    text += forwarded(signo, sent);
    if (signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU)
      text += tell("Suspending self due to TTY signal.");
    return text;
  }
  std::string terminal_given(int signo) const override {
    const std::string number = std::to_string(signo);
    return tell("Received signal " + number + '.') +
           tell("Ignoring tty hand-off signal " + number + '.');
  }
  std::string reaped(const Ended& child, bool service) const override {
    if (!verbose_) return {};
    const std::string who = "A child with PID " + std::to_string(child.pid);
    std::string text =
        child.signal != 0
            ? tell(who + " was terminated by signal " + std::to_string(child.signal) + '.')
            : tell(who + " exited with exit status " + std::to_string(child.code) + '.');
    if (!service) return text;
    const int code = shell_code({child.code, child.signal});
    return text + forwarded(SIGTERM, last_) + tell("Child exited with status " + std::to_string(code) + ". Goodbye.");
  }
  int exit_code(const Verdict& verdict) const override {
    if (verdict.reason == Reason::exec_failed) return 2;
    return verdict.reason == Reason::system || verdict.reason == Reason::internal ? 1 : verdict.code;
  }

 private:
  std::string tell(const std::string& text) const { return verbose_ ? line(text) : std::string(); }
  std::string forwarded(int signo, int sent) const {
    const std::string number = std::to_string(sent);
    const std::string translated =
        sent == signo ? "" : tell("Translating signal " + std::to_string(signo) + " to " + number + '.');
    if (sent == 0) return translated + tell("Not forwarding signal 0 to children (ignored).");
    return translated + tell("Forwarded signal " + number + " to children.");
  }
  bool verbose_, session_;
  int last_;  // what the session gets when the service has gone
};

struct Options {
  bool verbose = false, session = true;
  std::map<int, int> rewrite;
};

bool read_rewrite(std::string_view text, Options& options) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const auto from = parse_integer(text.substr(0, colon));
  const auto to = parse_integer(text.substr(colon + 1));
  if (!from || !to || *from < 1 || *from > kMostRewritten || *to < 0 || *to > kMostRewritten)
    return false;
  options.rewrite[static_cast<int>(*from)] = static_cast<int>(*to);
  return true;
}

// Returns -1, or what to exit with.
int read_option(int option, Options& options) {
  switch (option) {
    case 'c': options.session = false; return -1;
    case 'v': options.verbose = true; return -1;
    case 'h': print_error(kHelp); return 0;
    case 'V': print_error(kVersion); return 0;
    case 'r':
      if (read_rewrite(::optarg, options)) return -1;
      print_error(kRewriteUsage);
      return 1;
    default: return 1;
  }
}

void read_environment(Options& options) {
  const char* debug = std::getenv("DUMB_INIT_DEBUG");
  const char* session = std::getenv("DUMB_INIT_SETSID");
  if (debug != nullptr && std::strcmp(debug, "1") == 0) {
    options.verbose = true;
    print_error(line("Running in debug mode."));
  }
  if (session != nullptr && std::strcmp(session, "0") == 0) {
    options.session = false;
    if (options.verbose) print_error(line("Not running in setsid mode."));
  }
}

constexpr option kLong[] = {
    {"help", no_argument, nullptr, 'h'},        {"single-child", no_argument, nullptr, 'c'},
    {"rewrite", required_argument, nullptr, 'r'}, {"verbose", no_argument, nullptr, 'v'},
    {"version", no_argument, nullptr, 'V'},     {nullptr, 0, nullptr, 0},
};

}  // namespace

int dumb_init_command(int argc, char** argv, const InheritedSignals& inherited) {
  Options options;
  for (int option; (option = ::getopt_long(argc, argv, "+hvVcr:", kLong, nullptr)) != -1;)
    if (const int code = read_option(option, options); code >= 0) return code;
  if (::optind >= argc) {
    print_error(kUsage);
    return 1;
  }
  read_environment(options);
  // The stop signals of a terminal do nothing to a session that no shell watches over.
  if (options.session)
    for (const int signo : {SIGTSTP, SIGTTIN, SIGTTOU}) options.rewrite.try_emplace(signo, SIGSTOP);

  Config config = peer_config(argv + ::optind);
  config.shutdown.rewrite = options.rewrite;
  config.shutdown.scope = options.session ? SignalScope::group : SignalScope::process;
  config.drop_in.subreaper = false;
  config.drop_in.new_session = options.session;
  config.drop_in.suspend_along = true;
  config.drop_in.signal_group_at_end = options.session;
  const DumbInit dumb_init(options.verbose, options.session, rewritten(config.shutdown, SIGTERM));
  return supervise(std::move(config), inherited, &dumb_init);
}

}  // namespace usher
