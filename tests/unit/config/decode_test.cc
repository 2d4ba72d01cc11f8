// What each key takes, and what is said of the rest.
#include <sys/resource.h>

#include <csignal>

#include "tests/unit/config/loading.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

// The one message about `line`, a dotted key and its value, without its place.
std::string error_of(const std::string& line) {
  const Texts errors = errors_of(line + '\n');
  CAPTURE(line);
  REQUIRE(errors.size() == 1);
  const std::string place = "service.toml:1:";
  REQUIRE(errors[0].substr(0, place.size()) == place);
  return errors[0].substr(errors[0].find(' ') + 1);
}

}  // namespace

TEST_CASE("a key that is not known has a place and a nearest name", "[config]") {
  CHECK(errors_of("[service]\n  nmae = \"x\"\n") ==
        Texts{"service.toml:2:3: service.nmae: unknown key; did you mean service.name?"});
  CHECK(errors_of("[sevrice]\nname = \"x\"\n") ==
        Texts{"service.toml:1:2: sevrice: unknown key; did you mean service?"});
  CHECK(error_of("extend = \"x\"") == "extend: unknown key; did you mean extends?");
  CHECK(error_of("stable_after = \"1s\"") ==
        "stable_after: unknown key; did you mean restart.stable_after?");
  CHECK(error_of("startup.backoff.inital = \"1s\"") ==
        "startup.backoff.inital: unknown key; did you mean startup.backoff.initial?");
  CHECK(error_of("lifecycle.xyzzy = 1") == "lifecycle.xyzzy: unknown key; known here: timeout, stdin");
  CHECK(error_of("lifecycle.\"a b\" = 1") == "lifecycle.\"a b\": unknown key; known here: timeout, stdin");
  CHECK(error_of("shutdown = 5") == "shutdown: expected a table, got 5");
}

TEST_CASE("all mistakes are reported at once, in the order of the file", "[config]") {
  CHECK(errors_of("[log]\nlevel = \"inof\"\nfile = 5\n[shutdown]\ntimeout = \"-1s\"\nscope = 1\n"
                  "[exit]\nremap = { \"300\" = 1 }\n")
            .size() == 5);
  const Texts errors = errors_of("[shutdown]\ntimeout = true\n[log]\nlevel = \"inof\"\n");
  REQUIRE(errors.size() == 2);
  CHECK_THAT(errors[0], has_text("service.toml:2:11: shutdown.timeout"));
  CHECK(errors[1] ==
        "service.toml:4:9: log.level: expected one of \"off\", \"error\", \"warn\", \"info\", "
        "\"debug\", got \"inof\"; did you mean \"info\"?");
}

TEST_CASE("durations are texts with units or whole seconds", "[config]") {
  const auto [text, expected] = GENERATE(table<std::string, Millis>({
      {"\"250ms\"", 250ms},
      {"\"1m30s\"", 90s},
      {"\"1.5s\"", 1500ms},
      {"\"7\"", 7s},
      {"7", 7s},
      {"0", 0s},
      {"\"0s\"", 0s},
      {"\"365d\"", 8760h},
  }));
  CAPTURE(text);
  CHECK(config_of("shutdown.timeout = " + text + "\n").shutdown.timeout == expected);
}

TEST_CASE("what is no duration is said as it was written", "[config]") {
  const std::string value =
      GENERATE("-1", "\"-1s\"", "\"1 s\"", "\"\"", "\"366d\"", "\"5x\"", "true", "[]", "{ a = 1 }",
               "31536001", "9223372036854775807", "1979-05-27", "nan", "inf", "-1.5");
  CHECK_THAT(error_of("shutdown.timeout = " + value),
             has_text("shutdown.timeout: expected a duration such as \"30s\" or whole seconds, got "));
}

TEST_CASE("a duration with a fraction is told its text", "[config]") {
  CHECK(error_of("shutdown.timeout = 1.5") ==
        "shutdown.timeout: expected a duration such as \"30s\" or whole seconds, got 1.5; write "
        "\"1.5s\"");
}

TEST_CASE("a duration has the least value of its key", "[config]") {
  CHECK(error_of("readiness.interval = \"1ms\"") ==
        "readiness.interval: expected a duration of at least 10ms, got \"1ms\"");
  CHECK_THAT(error_of("hooks.timeout = 0"), has_text("at least 1ms, got 0"));
}

TEST_CASE("numbers have ranges", "[config]") {
  CHECK(error_of("startup.retries = 0") ==
        "startup.retries: expected a whole number from 1 to 1000, got 0");
  CHECK(error_of("startup.retries = 3.0") ==
        "startup.retries: expected a whole number from 1 to 1000, got 3.0");
  CHECK(error_of("startup.retries = \"3\"") ==
        "startup.retries: expected a whole number from 1 to 1000, got \"3\"");
  CHECK(error_of("startup.backoff.jitter = 1.1") ==
        "startup.backoff.jitter: expected a number from 0 to 1, got 1.1");
  CHECK_THAT(error_of("startup.backoff.factor = nan"), has_text("a number from 1 to 100, got nan"));
  CHECK(config_of("startup.backoff.factor = 3\n").startup.backoff.factor == 3.0);
}

TEST_CASE("texts are texts", "[config]") {
  CHECK(error_of("log.prefix = 5") == "log.prefix: expected a text, got 5");
  CHECK(error_of("log.prefix = \"a\\u0000b\"") ==
        "log.prefix: expected a text without NUL characters");
  CHECK(error_of("service.no_new_privs = \"true\"") ==
        "service.no_new_privs: expected true or false, got \"true\"");
}

TEST_CASE("capabilities have the names that engines give them", "[config]") {
  CHECK_FALSE(config_of("").service.capabilities);
  CHECK(config_of("service.capabilities = []\n").service.capabilities == Capabilities{0});
  CHECK(config_of("service.capabilities = [\"CHOWN\", \"cap_kill\", \"CAP_CHECKPOINT_RESTORE\"]\n")
            .service.capabilities == (Capabilities{1} << 40 | 1u << 5 | 1u));
  CHECK_THAT(error_of("service.capabilities = [\"ALL\"]"),
             has_text("service.capabilities[0]: expected one of CHOWN, DAC_OVERRIDE"));
  CHECK_THAT(error_of("service.capabilities = \"CHOWN\""), has_text("expected an array of capabilities"));
}

TEST_CASE("texts that mean something are checked", "[config]") {
  const auto [line, message] = GENERATE(table<std::string, std::string>({
      {"service.name = \"a b\"",
       "service.name: expected 1 to 64 letters, digits, '.', '_' or '-', got \"a b\""},
      {"service.name = \"\"",
       "service.name: expected 1 to 64 letters, digits, '.', '_' or '-', got \"\""},
      {"service.workdir = \"app\"", "service.workdir: expected an absolute path, got \"app\""},
      {"service.user = \"a:b:c\"",
       "service.user: expected a user's name or uid[:gid], got \"a:b:c\""},
      {"service.user = \":0\"", "service.user: expected a user's name or uid[:gid], got \":0\""},
      {"service.umask = \"0888\"",
       "service.umask: expected an octal mask from \"0000\" to \"0777\", got \"0888\""},
      {"service.umask = 22", "service.umask: expected an octal mask such as \"0022\", got 22"},
      {"log.file = \"-1\"",
       "log.file: expected a path or the number of a descriptor from 0 to 1023, got \"-1\""},
      {"service.environment_files = [\"a\"]",
       "service.environment_files[0]: expected an absolute path, got \"a\""},
      {"service.environment_files = \"/a\"",
       "service.environment_files: expected an array of absolute paths, got \"/a\""},
      {"service.command = \"node\"",
       "service.command: expected an array such as [\"program\", \"argument\"], got \"node\""},
      {"service.command = [\"\"]",
       "service.command[0]: expected the program to run, got an empty text"},
      {"service.command = [\"a\", 1]", "service.command[1]: expected a text, got 1"},
  }));
  CHECK(error_of(line) == message);
}

TEST_CASE("a pattern that is no regular expression is refused", "[config]") {
  CHECK_THAT(error_of("exit.result = \"(\""),
             has_text("exit.result: cannot use \"(\" as a regular expression: "));
  CHECK(config_of("exit.result = ''\n").exit.result == "");
}

TEST_CASE("signals are named in many ways", "[config]") {
  CHECK(config_of("shutdown.signals = [\"TERM\", \"sigint\", \"15\", \"SIGRTMIN+1\"]\n")
            .shutdown.signals == std::vector{SIGTERM, SIGINT, SIGRTMIN + 1});
  CHECK(error_of("shutdown.signals = [\"SIGTREM\"]") ==
        "shutdown.signals[0]: expected a signal such as \"SIGTERM\", got \"SIGTREM\"");
  CHECK(error_of("shutdown.signals = [\"SIGKILL\"]") ==
        "shutdown.signals[0]: SIGKILL cannot be received");
  CHECK(error_of("shutdown.signals = [\"SIGCHLD\"]") ==
        "shutdown.signals[0]: SIGCHLD only tells usher about its children");
  CHECK(error_of("shutdown.signals = \"SIGTERM\"") ==
        "shutdown.signals: expected an array of signals such as [\"SIGTERM\"], got \"SIGTERM\"");
}

TEST_CASE("a sequence is signals with pauses between them", "[config]") {
  CHECK(config_of("shutdown.sequence = [\"SIGTERM\", \"5s\", \"SIGINT\", 2, \"SIGQUIT\"]\n")
            .shutdown.sequence == std::vector<StopStep>{{SIGTERM, 5s}, {SIGINT, 2s}, {SIGQUIT, 0s}});
  CHECK(error_of("shutdown.sequence = [\"SIGTERM\", \"5s\"]") ==
        "shutdown.sequence: ends with a pause; SIGKILL comes at shutdown.timeout, not after it");
  CHECK_THAT(error_of("shutdown.sequence = [\"SIGTERM\", \"SIGINT\", \"SIGINT\"]"),
             has_text("shutdown.sequence[1]: expected a duration"));
}

TEST_CASE("signals are rewritten one by one", "[config]") {
  CHECK(config_of("shutdown.rewrite = { SIGTERM = \"SIGQUIT\", HUP = \"\", INT = \"TERM\" }\n")
            .shutdown.rewrite == std::map<int, int>{{SIGTERM, SIGQUIT}, {SIGHUP, 0}, {SIGINT, SIGTERM}});
  CHECK(error_of("shutdown.rewrite = { TERM = \"INT\", SIGTERM = \"\" }") ==
        "shutdown.rewrite.SIGTERM: is rewritten twice");
  CHECK(error_of("shutdown.rewrite = { SIGKILL = \"INT\" }") ==
        "shutdown.rewrite.SIGKILL: SIGKILL cannot be received");
  CHECK_THAT(error_of("shutdown.rewrite = { TREM = \"INT\" }"), has_text("got \"TREM\""));
  CHECK(error_of("shutdown.rewrite = { TERM = 1 }") ==
        "shutdown.rewrite.TERM: expected a signal, or \"\" to drop it, got 1");
}

TEST_CASE("exit codes are mapped one by one", "[config]") {
  CHECK(config_of("exit.remap = { \"143\" = 0, 1 = 2 }\n").exit.remap ==
        std::map<int, int>{{143, 0}, {1, 2}});
  CHECK_THAT(error_of("exit.remap = { \"256\" = 0 }"), has_text("expected an exit code from \"0\" to \"255\""));
  CHECK_THAT(error_of("exit.remap = { \"01\" = 0 }"), has_text("got \"01\""));
  CHECK(error_of("exit.remap = { \"1\" = 256 }") ==
        "exit.remap.1: expected an exit code from 0 to 255, got 256");
}

TEST_CASE("limits are those of setrlimit", "[config]") {
  constexpr std::uint64_t kMiB = 1 << 20;
  const auto limits = config_of("service.limits = { nofile = 10, core = \"unlimited\", "
                                "memlock = \"1MiB:2MiB\", nproc = \"5:unlimited\" }\n")
                          .service.limits;
  REQUIRE(limits.size() == 4);
  const auto find = [&](std::string_view name) {
    for (const ResourceLimit& limit : limits)
      if (limit.name == name) return limit;
    return ResourceLimit{};
  };
  CHECK(find("nofile") == ResourceLimit{"nofile", RLIMIT_NOFILE, 10, 10});
  CHECK(find("core") == ResourceLimit{"core", RLIMIT_CORE, ResourceLimit::kUnlimited,
                                      ResourceLimit::kUnlimited});
  CHECK(find("memlock") == ResourceLimit{"memlock", RLIMIT_MEMLOCK, kMiB, 2 * kMiB});
  CHECK(find("nproc") == ResourceLimit{"nproc", RLIMIT_NPROC, 5, ResourceLimit::kUnlimited});

  CHECK(error_of("service.limits = { nofiel = 1 }") ==
        "service.limits.nofiel: unknown resource; did you mean nofile?");
  CHECK(error_of("service.limits = { nofile = \"1MiB\" }") ==
        "service.limits.nofile: expected a number, \"unlimited\" or \"SOFT:HARD\", got \"1MiB\"");
  CHECK(error_of("service.limits = { nofile = \"9:8\" }") ==
        "service.limits.nofile: the soft limit is above the hard one in \"9:8\"");
  CHECK_THAT(error_of("service.limits = { nofile = -1 }"), has_text("got -1"));
}

TEST_CASE("variables and fields have names", "[config]") {
  const Config config = config_of("service.environment = { PORT = 80, DEBUG = true, A = \"${X:-x}\" }\n");
  CHECK(config.service.environment ==
        std::map<std::string, std::string>{{"PORT", "80"}, {"DEBUG", "true"}, {"A", "x"}});
  CHECK(error_of("service.environment = { \"A=B\" = \"\" }") ==
        "service.environment.\"A=B\": expected the name of a variable: not empty, and without '=' and blanks");
  CHECK(error_of("service.environment = { A = 1.5 }") ==
        "service.environment.A: expected a text, a whole number or a boolean, got 1.5");
  CHECK(error_of("log.fields = { \"a b\" = 1 }") ==
        "log.fields.\"a b\": expected a name of letters, digits, '_', '.' or '-'");
}

TEST_CASE("hooks are commands, alone or in lists", "[config]") {
  const HooksConfig hooks =
      config_of("hooks.pre_start = [\"a\", \"b\"]\nhooks.post_ready = [[\"a\"], { command = [\"b\"], "
                "timeout = \"1s\" }]\nhooks.pre_stop = []\nhooks.post_stop = { command = [\"c\"] }\n"
                "hooks.timeout = \"9s\"\n")
          .hooks;
  CHECK(hooks.pre_start == std::vector<HookCommand>{{{"a", "b"}, 9s, true}});
  CHECK(hooks.post_ready == std::vector<HookCommand>{{{"a"}, 9s, true}, {{"b"}, 1s, true}});
  CHECK(hooks.pre_stop.empty());
  CHECK(hooks.post_stop == std::vector<HookCommand>{{{"c"}, 9s, true}});
  CHECK(error_of("hooks.pre_start = [[\"a\"], {}]") == "hooks.pre_start[1]: expected a command");
  CHECK_THAT(error_of("hooks.pre_start = \"a\""), has_text("hooks.pre_start: expected an array such as"));
  CHECK_THAT(error_of("hooks.pre_start = [[]]"), has_text("hooks.pre_start[0]: expected the program"));
  CHECK(error_of("hooks.pre_start = { command = [\"a\"], timeuot = 1 }") ==
        "hooks.pre_start.timeuot: unknown key; did you mean timeout?");
}

TEST_CASE("keys that are no texts may come from variables", "[config]") {
  Loading loading;
  loading.variable("RETRIES=7").variable("WAIT=8s").variable("PRIVS=yes").variable("FACTOR=1.5");
  const std::string text =
      "startup.retries = \"${RETRIES}\"\nshutdown.timeout = \"${WAIT}\"\nservice.no_new_privs = "
      "\"${PRIVS}\"\nstartup.backoff.factor = \"${FACTOR}\"\nrestart.max = \"${MAX:-9}\"\n"
      "exit.remap = { \"1\" = \"${CODE:-3}\" }\nlog.level = \"${LEVEL:-warn}\"\n";
  const Config config = loading.file(text).config();
  CHECK(config.startup.retries == 7);
  CHECK(config.shutdown.timeout == 8s);
  CHECK(config.service.no_new_privs == true);
  CHECK(config.startup.backoff.factor == 1.5);
  CHECK(config.restart.max == 9);
  CHECK(config.exit.remap == std::map<int, int>{{1, 3}});
  CHECK(config.log.level == LogLevel::warn);
  CHECK(loading.variable("MAX=many").file(text).errors() ==
        Texts{"service.toml:5:15: restart.max: expected a whole number from 1 to 1000000, got \"many\""});
  CHECK(errors_of("restart.max = \"${MAX}\"\n") ==
        Texts{"service.toml:1:15: restart.max: MAX is not set; set it, or give a default with "
              "${MAX:-...}"});
}

TEST_CASE("what a variable holds cannot become TOML", "[config]") {
  Loading loading;
  loading.variable("BAD=\"]\n[shutdown]\ntimeout = 0\n# ${PATH}");
  const Config config = loading.file("[service]\ncommand = [\"a\", \"${BAD}\"]\n").config();
  CHECK(config.service.command == Argv{"a", "\"]\n[shutdown]\ntimeout = 0\n# ${PATH}"});
  CHECK(config.shutdown.timeout == 8s);
}

TEST_CASE("keys that contradict each other are told where one was written", "[config][rules]") {
  CHECK(errors_of("[startup.backoff]\ninitial = \"9s\"\nmax = \"2s\"\n") ==
        Texts{"service.toml:3:7: startup.backoff.max: startup.backoff.max (2s) is below "
              "startup.backoff.initial (9s)"});
  CHECK(errors_of("[startup.backoff]\ninitial = \"40s\"\n") ==
        Texts{"service.toml:2:11: startup.backoff.initial: startup.backoff.max (30s) is below "
              "startup.backoff.initial (40s)"});
  CHECK(errors_of("[shutdown]\ntimeout = \"4s\"\nsequence = [\"TERM\", \"5s\", \"INT\"]\n") ==
        Texts{"service.toml:3:12: shutdown.sequence: waits 5s in all, longer than shutdown.timeout (4s)"});
  CHECK(errors_of("exit.on_stop = \"zero_if_result\"\n") ==
        Texts{"service.toml:1:16: exit.on_stop: \"zero_if_result\" needs exit.result, the pattern of "
              "the result"});
  CHECK(Loading()
            .file("[shutdown]\nsequence = [\"TERM\", \"5s\", \"INT\"]\n[profile.ci]\nshutdown.timeout = 3\n")
            .profile("ci")
            .errors() ==
        Texts{"service.toml:2:12: shutdown.sequence: waits 5s in all, longer than shutdown.timeout (3s)"});
}
