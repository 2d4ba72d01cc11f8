// The environment, the command line, and who wins.
#include <csignal>

#include "tests/unit/config/loading.h"

using namespace usher;
using namespace std::chrono_literals;

TEST_CASE("command line, environment, profile, file, default: the first that speaks wins", "[config]") {
  Loading loading;
  CHECK(loading.config().shutdown.timeout == 8s);
  loading.file("[shutdown]\ntimeout = 1\n[profile.ci]\nshutdown.timeout = 2\n");
  CHECK(loading.config().shutdown.timeout == 1s);
  loading.profile("ci");
  CHECK(loading.config().shutdown.timeout == 2s);
  loading.variable("SHUTDOWN_TIMEOUT=3");
  CHECK(loading.config().shutdown.timeout == 3s);
  loading.variable("USHER_SHUTDOWN_TIMEOUT=4");
  CHECK(loading.config().shutdown.timeout == 4s);
  loading.argument("shutdown.timeout", "5s");
  CHECK(loading.config().shutdown.timeout == 5s);
}

TEST_CASE("without a limit of the configuration a stop ends before the engine kills", "[config]") {
  CHECK_FALSE(Loading().config().shutdown.timeout_given);
  CHECK(Loading().variable("SHUTDOWN_TIMEOUT=8").config().shutdown.timeout_given);
  Loading pod;
  pod.variable("KUBERNETES_SERVICE_HOST=10.0.0.1");
  CHECK(pod.config().shutdown.timeout == 25s);
  CHECK(pod.file("[restart]\nmax = 3\n").config().shutdown.timeout == 25s);
  CHECK(pod.variable("SHUTDOWN_TIMEOUT=4").config().shutdown.timeout == 4s);
  // What is configured and needs more than that has it.
  CHECK(Loading().file("shutdown.delay = \"7s\"\n").config().shutdown.timeout == 8s);
  CHECK(Loading().file("shutdown.delay = \"10s\"\n").config().shutdown.timeout == 30s);
  CHECK(Loading().file("shutdown.sequence = [\"INT\", \"9s\", \"TERM\"]\n").config().shutdown.timeout == 30s);
  CHECK(Loading().file("[hooks]\npre_stop = [\"a\"]\ntimeout = \"20s\"\n").config().shutdown.timeout == 30s);
  CHECK(Loading().file("[hooks]\npre_stop = [\"a\"]\n").config().shutdown.timeout == 8s);
}

TEST_CASE("the variables that are honoured as they are", "[config][environment]") {
  Loading loading;
  loading.variable("LIFECYCLE_TIMEOUT=300").variable("READY_CHECK_INTERVAL=2");
  loading.variable("SHUTDOWN_TIMEOUT=1m").variable("MAX_STARTUP_RETRIES=7").variable("DEBUG=1");
  const Config config = loading.config();
  CHECK(config.lifecycle.timeout == 300s);
  CHECK(config.readiness.interval == 2s);
  CHECK(config.shutdown.timeout == 60s);
  CHECK(config.startup.retries == 7);
  CHECK(config.log.level == LogLevel::debug);
}

TEST_CASE("DEBUG counts only where it means yes", "[config][environment]") {
  const auto [value, level] = GENERATE(table<std::string, LogLevel>({
      {"true", LogLevel::debug}, {"0", LogLevel::info}, {"app:*", LogLevel::info}, {"", LogLevel::info}}));
  CAPTURE(value);
  CHECK(Loading().variable("DEBUG=" + value).config().log.level == level);
}

TEST_CASE("each plain key has a variable", "[config][environment]") {
  Loading loading;
  loading.variable("USHER_SERVICE_NAME=echo").variable("USHER_SERVICE_NO_NEW_PRIVS=on");
  loading.variable("USHER_SERVICE_UMASK=0027").variable("USHER_STARTUP_BACKOFF_FACTOR=1.5");
  loading.variable("USHER_SHUTDOWN_SIGNALS=TERM, HUP").variable("USHER_LOG_PREFIX=${X} ");
  loading.variable("USHER_SHUTDOWN_SEQUENCE=[\"TERM\", \"5s\", \"INT\"]");
  loading.variable("USHER_SHUTDOWN_CLEANUP_FILES=/a,/b").variable("USHER_RESTART_POLICY=on-failure");
  const Config config = loading.config();
  CHECK(config.service.name == "echo");
  CHECK(config.service.no_new_privs == true);
  CHECK(config.service.umask == 027u);
  CHECK(config.startup.backoff.factor == 1.5);
  CHECK(config.shutdown.signals == std::vector{SIGTERM, SIGHUP});
  CHECK(config.shutdown.sequence == std::vector<StopStep>{{SIGTERM, 5s}, {SIGINT, 0s}});
  CHECK(config.shutdown.cleanup_files == std::vector<std::string>{"/a", "/b"});
  CHECK(config.restart.policy == RestartPolicy::on_failure);
  CHECK(config.log.prefix == "${X} ");  // given from outside: final
}

TEST_CASE("a wrong variable is named", "[config][environment]") {
  Loading loading;
  loading.variable("SHUTDOWN_TIMEOUT=soon").variable("USHER_LOG_LEVEL=loud");
  loading.variable("USHER_SERVICE_COMMAND=node").variable("USHER_EXIT_REMAP=x");
  CHECK(loading.errors() ==
        Texts{"environment USHER_SERVICE_COMMAND: service.command: cannot be set by a variable; write "
              "it in the file",
              "environment USHER_EXIT_REMAP: exit.remap: cannot be set by a variable; write it in the "
              "file",
              "environment SHUTDOWN_TIMEOUT: shutdown.timeout: expected a duration such as \"30s\" or "
              "whole seconds, got \"soon\"",
              "environment USHER_LOG_LEVEL: log.level: expected one of \"off\", \"error\", \"warn\", "
              "\"info\", \"debug\", got \"loud\""});
}

TEST_CASE("an empty variable is one that is not set", "[config][environment]") {
  Loading loading;
  loading.file("[shutdown]\ntimeout = 7\nsignals = [\"HUP\"]\n[log]\nprefix = \"x\"\n");
  loading.variable("SHUTDOWN_TIMEOUT=").variable("USHER_STARTUP_RETRIES=");
  CHECK(loading.config().shutdown.timeout == 7s);
  CHECK(loading.config().startup.retries == 3);
  // ... except where empty is a value.
  loading.variable("USHER_LOG_PREFIX=").variable("USHER_SHUTDOWN_SIGNALS=");
  CHECK(loading.config().log.prefix == "");
  CHECK(loading.config().shutdown.signals.empty());
}

TEST_CASE("a variable that is not ours draws a warning with the nearest name", "[config][environment]") {
  Loading loading;
  loading.variable("USHER_SHUTDOWN_TIMEUOT=1").variable("USHER_XYZZY=1").variable("USHERS=1");
  const Loaded loaded = loading.load();
  CHECK(loaded.errors.empty());
  CHECK(loaded.warnings ==
        Texts{"environment: USHER_SHUTDOWN_TIMEUOT is not a setting of usher's; did you mean "
              "USHER_SHUTDOWN_TIMEOUT?",
              "environment: USHER_XYZZY is not a setting of usher's"});
}

TEST_CASE("the command line sets any key, and entries of tables", "[config][command line]") {
  Loading loading;
  loading.file("[exit]\nremap = { \"1\" = 2 }\n");
  loading.argument("exit.remap.143", "0").argument("shutdown.rewrite.SIGTERM", "SIGQUIT");
  loading.argument("log.fields.id", "7").argument("service.environment.A", "${B}");
  loading.argument("service.command", "[\"a\", \"b c\"]").argument("hooks.pre_start", "[\"x\"]");
  const Config config = loading.config();
  CHECK(config.exit.remap == std::map<int, int>{{1, 2}, {143, 0}});
  CHECK(config.shutdown.rewrite == std::map<int, int>{{SIGTERM, SIGQUIT}});
  CHECK(config.log.fields == std::map<std::string, std::string>{{"id", "7"}});
  CHECK(config.service.environment == std::map<std::string, std::string>{{"A", "${B}"}});
  CHECK(config.service.command == Argv{"a", "b c"});
  CHECK(config.hooks.pre_start == std::vector<HookCommand>{{{"x"}, 30s}});
}

TEST_CASE("a wrong argument is named", "[config][command line]") {
  Loading loading;
  loading.argument("shutdown.timeuot", "1").argument("stable_after", "1").argument("x.y", "1");
  loading.argument("shutdown.timeout", "soon").argument("service.command", "node");
  CHECK(loading.errors() ==
        Texts{"command line: shutdown.timeuot: unknown key; did you mean shutdown.timeout?",
              "command line: stable_after: unknown key; did you mean restart.stable_after?",
              "command line: x.y: unknown key; `usher schema` lists all",
              "command line: shutdown.timeout: expected a duration such as \"30s\" or whole seconds, "
              "got \"soon\"",
              "command line: service.command: expected an array such as [\"program\", \"argument\"], "
              "got \"node\""});
}

TEST_CASE("a value that is overridden is still checked where it stands", "[config]") {
  Loading loading;
  loading.file("[shutdown]\ntimeout = \"x\"\n").argument("shutdown.timeout", "5s");
  REQUIRE(loading.errors().size() == 1);
  CHECK_THAT(loading.errors()[0], has_text("service.toml:2:11: shutdown.timeout"));
  // ... but needs no variable that nobody will use.
  CHECK(loading.file("[shutdown]\ntimeout = \"${UNSET}\"\n").errors().empty());
}
