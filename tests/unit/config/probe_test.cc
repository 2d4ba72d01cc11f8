// Probes of all kinds, dependencies and health checks.
#include <csignal>

#include "init/config/probe_kind.h"
#include "tests/unit/config/loading.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

ProbeConfig probe_of(const std::string& text) {
  const Config config = config_of("readiness.probe = { " + text + " }\n");
  REQUIRE(config.readiness.probes.size() == 1);
  return config.readiness.probes[0];
}

// "stdout", "stderr", "redis" ...; or only those that ask nothing of the service.
std::string kinds(bool all) {
  std::string names;
  for (const ProbeKind* const kind : probe_kinds())
    if (all || !kind->asks_service)
      names += (names.empty() ? "\"" : ", \"") + std::string(kind->name) + '"';
  return names;
}

// All messages about one probe, without their places.
Texts problems_of(const std::string& text) {
  Texts errors = errors_of("readiness.probe = { " + text + " }\n");
  for (std::string& error : errors) error.erase(0, error.find(": ") + 2);
  return errors;
}

}  // namespace

TEST_CASE("one mistake in a probe is told once", "[config][probe]") {
  CHECK(problems_of("type = 'stdout', pattern = '('").size() == 1);
  CHECK(problems_of("type = 'stdout', pattern = ''").size() == 1);
  CHECK(problems_of("type = 'http', url = 5").size() == 1);
}

TEST_CASE("a probe of each kind", "[config][probe]") {
  constexpr std::uint64_t kMiB = 1 << 20;
  CHECK(probe_of(R"(type = "stdout", match = "multiaddr", allow_loopback = true)") ==
        ProbeConfig(LineProbe{true, false, true, "", true}));
  CHECK(probe_of(R"(type = "stderr", pattern = 'ready$')") ==
        ProbeConfig(LineProbe{false, true, false, "ready$", false}));
  CHECK(probe_of(R"(type = "stdout", stream = "both", pattern = 'x')") ==
        ProbeConfig(LineProbe{true, true, false, "x", false}));
  CHECK(probe_of(R"(type = "redis", url = "redis://:p@a:1/2", max_memory = "200MiB", max_clients = 9)") ==
        ProbeConfig(RedisProbe{"redis://:p@a:1/2", 200 * kMiB, 9, "", "", false}));
  CHECK(probe_of(R"(type = "redis", url = "unix:///s", key = "k", match = "multiaddr")") ==
        ProbeConfig(RedisProbe{"unix:///s", 0, 0, "k", "", true}));
  CHECK(probe_of(R"(type = "tcp", address = "[::1]:80")") == ProbeConfig(TcpProbe{"::1", 80}));
  CHECK(probe_of(R"(type = "unix", path = "@a")") == ProbeConfig(UnixProbe{"@a"}));
  CHECK(probe_of(R"(type = "http", url = "http://a/b", method = "HEAD", status = [200, "300-399"], )"
                 R"(headers = { Host = "x", Max-Forwards = 1 }, redirects = 2)") ==
        ProbeConfig(HttpProbe{"http://a/b",
                              "HEAD",
                              {{200, 200}, {300, 399}},
                              {{"Host", "x"}, {"Max-Forwards", "1"}},
                              "",
                              2}));
  CHECK(probe_of(R"(type = "http", url = "http://a", status = 204, pattern = 'ok')") ==
        ProbeConfig(HttpProbe{"http://a", "GET", {{204, 204}}, {}, "ok", 0}));
  CHECK(probe_of(R"(type = "grpc", address = "a:1", service = "s")") == ProbeConfig(GrpcProbe{"a", 1, "s"}));
  CHECK(probe_of(R"(type = "exec", command = ["a", "b"])") == ProbeConfig(ExecProbe{{"a", "b"}}));
  CHECK(probe_of(R"(type = "file", path = "/a", pattern = 'x')") == ProbeConfig(FileProbe{"/a", "x"}));
  CHECK(probe_of(R"(type = "process", catches = ["TERM"], max_memory = 4096, max_cpu = 90)") ==
        ProbeConfig(ProcessProbe{{SIGTERM}, 4096, 90.0}));
  CHECK(probe_of(R"(type = "notify", watchdog = "30s")") == ProbeConfig(NotifyProbe{-1, 30s}));
  CHECK(probe_of(R"(type = "notify", fd = 3)") == ProbeConfig(NotifyProbe{3, 0s}));
}

TEST_CASE("several probes are a list", "[config][probe]") {
  const Config config = config_of(
      "[[readiness.probe]]\ntype = \"tcp\"\naddress = \"a:1\"\n"
      "[[readiness.probe]]\ntype = \"process\"\n");
  CHECK(config.readiness.probes == std::vector<ProbeConfig>{TcpProbe{"a", 1}, ProcessProbe{}});
  CHECK(errors_of("readiness.probe = [{ type = \"tcp\" }, 5]\n") ==
        Texts{"service.toml:1:20: readiness.probe[0]: expected a key \"address\"",
              "service.toml:1:38: readiness.probe[1]: expected a table such as { type = \"stdout\", "
              "pattern = 'ready' }, got 5"});
}

TEST_CASE("a key that does not fit the kind says which kinds take it", "[config][probe]") {
  CHECK(errors_of("readiness.probe = { type = \"tcp\", address = \"a:1\", max_memory = \"1MiB\" }\n") ==
        Texts{"service.toml:1:65: readiness.probe.max_memory: is not for probes of type \"tcp\"; only "
              "for \"redis\", \"process\""});
  CHECK(problems_of(R"(type = "process", url = "redis://a", stream = "both")") ==
        Texts{"readiness.probe.url: is not for probes of type \"process\"; only for \"redis\", \"http\"",
              "readiness.probe.stream: is not for probes of type \"process\"; only for \"stdout\", "
              "\"stderr\""});
}

TEST_CASE("what a kind cannot do without", "[config][probe]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"", "expected a key \"type\""},
      {"type = \"redis\"", "expected a key \"url\""},
      {"type = \"http\"", "expected a key \"url\""},
      {"type = \"tcp\"", "expected a key \"address\""},
      {"type = \"grpc\"", "expected a key \"address\""},
      {"type = \"unix\"", "expected a key \"path\""},
      {"type = \"file\"", "expected a key \"path\""},
      {"type = \"exec\"", "expected a key \"command\""},
      {"type = \"stdout\"", "expected what to look for: match = \"multiaddr\", or pattern = '...'"},
      {"type = \"stdout\", match = \"multiaddr\", pattern = 'x'",
       "match and pattern exclude each other; give one of them"},
      {"type = \"stdout\", max_silence = \"0s\"",
       "expected what to look for: match = \"multiaddr\", or pattern = '...'"},
      {"type = \"stdout\", max_silence = \"1s\"", "max_silence is for a health check"},
      {"type = \"stdout\", max_silence = \"1s\", count = 2",
       "count is about what is seen once; max_silence has no end"},
      {"type = \"stdout\", match = \"multiaddr\", ignore_case = true",
       "ignore_case is about a pattern; expected a pattern"},
      {"type = \"file\", path = \"/a\", ignore_case = true",
       "ignore_case is about a pattern; expected a pattern"},
      {"type = \"http\", url = \"http://a\", ignore_case = true",
       "ignore_case is about a pattern; expected a pattern"},
      {"type = \"redis\", url = \"redis://a\", key = \"k\", ignore_case = true",
       "ignore_case is about a pattern; expected a pattern"},
      {"type = \"redis\", url = \"redis://a\", pattern = 'x'",
       "match and pattern look at the value of a key; expected a key"},
      {"type = \"http\", url = \"http://a\", method = \"HEAD\", pattern = 'x'",
       "a response to HEAD has no body that a pattern could match"},
      {"type = \"notify\", fd = 3, watchdog = 1",
       "a descriptor has no watchdog; watchdog needs systemd's NOTIFY_SOCKET"},
  }));
  CHECK(problems_of(text) == Texts{"readiness.probe: " + expected});
}

TEST_CASE("values of probes are checked", "[config][probe]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"type = \"tpc\"",
       "type: expected one of " + kinds(true) + ", got \"tpc\"; did you mean \"tcp\"?"},
      {"type = 5", "type: expected one of " + kinds(true) + ", got 5"},
      {"type = \"http\", url = \"https://a\", tls = true",
       "tls: expected a table such as { ca_file = \"/run/secrets/ca.pem\" }, got true"},
      {"type = \"http\", url = \"https://a\", tls = { ca_fil = \"/a\" }",
       "tls.ca_fil: unknown key; did you mean ca_file?"},
      {"type = \"http\", url = \"https://a\", tls = { key = \"/a\" }",
       "tls: certificate and key belong together; expected both or none"},
      {"type = \"redis\", url = \"\"", "url: is empty, but is needed here"},
      {"type = \"tcp\", address = \"db\"",
       "address: expected a host and a port such as \"db:5432\", got \"db\": it names no port"},
      {"type = \"unix\", path = \"a\"",
       "path: expected an absolute path, or \"@name\" for an abstract socket, got \"a\""},
      {"type = \"file\", path = \"@a\"", "path: expected an absolute path, got \"@a\""},
      {"type = \"file\", path = \"/a\", pattern = ''",
       "pattern: expected a regular expression, got an empty text"},
      {"type = \"http\", url = \"http://a\", status = 99",
       "status: expected a status from 100 to 599, or a range such as \"200-299\", got 99"},
      {"type = \"http\", url = \"http://a\", status = [\"299-200\"]",
       "status[0]: expected a status from 100 to 599, or a range such as \"200-299\", got \"299-200\""},
      {"type = \"http\", url = \"http://a\", headers = { \"a b\" = \"\" }",
       "headers.\"a b\": expected the name of a header"},
      {"type = \"http\", url = \"http://a\", headers = { A = \"b\\r\\nC: d\" }",
       "headers.A: expected a text without control characters"},
      {"type = \"http\", url = \"http://a\", redirects = 11",
       "redirects: expected a whole number from 0 to 10, got 11"},
      {"type = \"redis\", url = \"redis://a\", max_memory = \"200 MiB\"",
       "max_memory: expected a size such as \"512MiB\" or a number of bytes, got \"200 MiB\""},
      {"type = \"redis\", url = \"redis://a\", max_memory = 0",
       "max_memory: expected a size such as \"512MiB\" or a number of bytes, got 0"},
      {"type = \"redis\", url = \"redis://a\", max_clients = -1",
       "max_clients: expected a whole number from 1 to 1000000000, got -1"},
      {"type = \"process\", max_cpu = 0", "max_cpu: expected a number from 0.1 to 1000000, got 0"},
      {"type = \"process\", catches = [\"KILL\"]", "catches[0]: SIGKILL cannot be received"},
      {"type = \"notify\", fd = 2", "fd: expected a whole number from 3 to 1023, got 2"},
      {"type = \"exec\", command = \"a\"",
       "command: expected an array such as [\"program\", \"argument\"], got \"a\""},
      {"type = \"process\", max_memry = 1", "max_memry: unknown key; did you mean max_memory?"},
  }));
  CAPTURE(text);
  CHECK(problems_of(text) == Texts{"readiness.probe." + expected});
}

TEST_CASE("dependencies have names, probes and limits", "[config][dependency]") {
  const Config config = config_of(
      "readiness.interval = \"7s\"\n"
      "[[dependency]]\nname = \"redis\"\nprobe = { type = \"redis\", url = \"redis://redis\", key = \"k\" }\n"
      "timeout = \"1m\"\nattempt_timeout = 1\ninterval = \"100ms\"\nexport = \"LISTENER_ADDR\"\n"
      "[[dependency]]\nname = \"db\"\nprobe = { type = \"tcp\", address = \"db:5432\" }\n");
  RedisProbe redis;
  redis.url = "redis://redis";
  redis.key = "k";
  CHECK(config.dependencies ==
        std::vector<DependencyConfig>{{"redis", redis, 60s, 1s, 100ms, "LISTENER_ADDR"},
                                      {"db", TcpProbe{"db", 5432}, 300s, 3s, 7s, ""}});
}

TEST_CASE("health checks have names, probes and thresholds", "[config][health]") {
  const Config config = config_of(
      "[[health]]\nname = \"a\"\nprobe = { type = \"process\" }\n"
      "[[health]]\nname = \"b\"\nprobe = { type = \"exec\", command = [\"true\"] }\ninterval = \"1s\"\n"
      "timeout = \"9s\"\nstart_period = \"10s\"\nfailure_threshold = 5\nsuccess_threshold = 2\n"
      "on_failure = \"restart\"\n");
  CHECK(config.health ==
        std::vector<HealthConfig>{
            {"a", ProcessProbe{}, 5s, 3s, 0s, 3, 1, OnFailure::exit},
            {"b", ExecProbe{{"true"}}, 1s, 9s, 10s, 5, 2, OnFailure::restart}});
}

TEST_CASE("what is wrong with dependencies and checks", "[config][dependency][health]") {
  const auto [text, expected] = GENERATE(table<std::string, Texts>({
      {"[dependency]\nname = \"a\"\n",
       {"service.toml:1:1: dependency: expected tables that begin with [[dependency]], got a table"}},
      {"health = [5]\n",
       {"service.toml:1:11: health[0]: expected a table that begins with [[health]], got 5"}},
      {"[[health]]\n",
       {"service.toml:1:1: health[0]: expected a key \"name\"",
        "service.toml:1:1: health[0]: expected a key \"probe\""}},
      {"[[health]]\nname = \"a\"\nprobe = { type = \"process\" }\n[[health]]\nname = \"a\"\nprobe = { type = "
       "\"process\" }\n",
       {"service.toml:5:8: health[1].name: \"a\" is there twice"}},
      {"[[dependency]]\nname = \"a\"\nprobe = { type = \"stdout\", pattern = 'x' }\n",
       {"service.toml:3:18: dependency[0].probe.type: \"stdout\" asks the service itself, which does not "
        "run yet; expected one of " + kinds(false)}},
      {"[[dependency]]\nname = \"a\"\nprobe = { type = \"tcp\", address = \"a:1\" }\nexport = \"1A\"\n",
       {"service.toml:4:10: dependency[0].export: expected the name of a variable: letters, digits and "
        "'_', got \"1A\""}},
      {"[[dependency]]\nname = \"a\"\nprobe = { type = \"tcp\", address = \"a:1\" }\nexport = \"A\"\n",
       {"service.toml:4:10: dependency[0].export: only a probe of type \"redis\" with a key has a value "
        "to export"}},
      {"[[health]]\nname = \"a\"\nprobe = { type = \"process\" }\nintervall = 5\n",
       {"service.toml:4:1: health[0].intervall: unknown key; did you mean interval?"}},
      {"[[health]]\nname = \"a\"\nprobe = { type = \"process\" }\nfailure_threshold = 0\n",
       {"service.toml:4:21: health[0].failure_threshold: expected a whole number from 1 to 1000, got 0"}},
  }));
  CAPTURE(text);
  CHECK(errors_of(text) == expected);
}

TEST_CASE("a variable of one name is exported once", "[config][dependency]") {
  const std::string one = "[[dependency]]\nprobe = { type = \"redis\", url = \"redis://a\", key = \"k\" }\n"
                          "export = \"A\"\nname = ";
  CHECK(errors_of(one + "\"a\"\n" + one + "\"b\"\n") ==
        Texts{"service.toml:7:10: dependency[1].export: A is exported twice"});
}

TEST_CASE("elements of one name merge, others are added", "[config][extends]") {
  Loading loading;
  loading.write("base.toml",
                "[[health]]\nname = \"process\"\nprobe = { type = \"process\", max_cpu = 90 }\n"
                "interval = \"7s\"\n[[health]]\nname = \"port\"\nprobe = { type = \"tcp\", address = \"a:1\" }\n");
  loading.file("extends = \"base.toml\"\n"
               "[[health]]\nname = \"port\"\nprobe = { type = \"unix\", path = \"/s\" }\n"
               "[[health]]\nname = \"process\"\ntimeout = \"1s\"\nprobe = { catches = [\"TERM\"] }\n"
               "[[health]]\nname = \"own\"\nprobe = { type = \"process\" }\n"
               "[[profile.ci.health]]\nname = \"own\"\non_failure = \"alert\"\n");
  const Config config = loading.profile("ci").config();
  REQUIRE(config.health.size() == 3);
  CHECK(config.health[0] ==
        HealthConfig{"process", ProcessProbe{{SIGTERM}, 0, 90.0}, 7s, 1s, 0s, 3, 1, OnFailure::exit});
  CHECK(config.health[1].probe == ProbeConfig(UnixProbe{"/s"}));
  CHECK(config.health[2].on_failure == OnFailure::alert);
}

TEST_CASE("a mistake in an element that another file completes is told once", "[config][extends]") {
  Loading loading;
  loading.write("base.toml", "[[health]]\nname = \"a\"\ninterval = \"x\"\n[[health]]\nname = \"b\"\n");
  CHECK(loading.file("extends = \"base.toml\"\n[[health]]\nname = \"a\"\nprobe = { type = \"process\" }\n")
            .errors() ==
        Texts{"base.toml:3:12: health[0].interval: expected a duration such as \"30s\" or whole seconds, "
              "got \"x\"",
              "base.toml:4:1: health[1]: expected a key \"probe\""});
}

TEST_CASE("two variables set the intervals of all elements", "[config][environment]") {
  Loading loading;
  loading.file("[[health]]\nname = \"a\"\nprobe = { type = \"process\" }\ninterval = 9\n"
               "[[health]]\nname = \"b\"\nprobe = { type = \"process\" }\n"
               "[[dependency]]\nname = \"c\"\nprobe = { type = \"tcp\", address = \"a:1\" }\ninterval = 9\n"
               "[[dependency]]\nname = \"d\"\nprobe = { type = \"tcp\", address = \"a:1\" }\n");
  loading.variable("HEALTH_CHECK_INTERVAL=8").variable("READY_CHECK_INTERVAL=1500ms");
  const Config config = loading.config();
  CHECK(config.health[0].interval == 8s);
  CHECK(config.health[1].interval == 8s);
  CHECK(config.dependencies[0].interval == 1500ms);
  CHECK(config.dependencies[1].interval == 1500ms);
  CHECK(config.readiness.interval == 1500ms);
  CHECK(loading.variable("HEALTH_CHECK_INTERVAL=").config().health[0].interval == 8s);  // the first
  CHECK(Loading().variable("HEALTH_CHECK_INTERVAL=8").load().errors.empty());
  // Of those that the command line gives, where they do not say it themselves.
  Loading given;
  given.variable("HEALTH_CHECK_INTERVAL=8");
  given.argument("health", R"([{name = "a", probe = {type = "process"}},
                             {name = "b", probe = {type = "process"}, interval = "3s"}])");
  CHECK(given.config().health[0].interval == 8s);
  CHECK(given.config().health[1].interval == 3s);
}

TEST_CASE("publishing, control, metrics and coordination", "[config]") {
  const Config config = config_of(
      "[readiness]\nprobe = { type = \"stdout\", match = \"multiaddr\" }\n"
      "[readiness.publish]\nredis = { url = \"redis://r\", key = \"${K:-k}_addr\", command = \"rpush\", ttl = "
      "\"300s\", replace_address = true, remove_on_stop = true, user = \"me\", password = \"p%41\" }\n"
      "[control]\nsocket = \"/run/usher.sock\"\n[metrics]\nlisten = \"[::1]:9464\"\n"
      "[coordination]\nredis = \"redis://r\"\nnamespace = \"n\"\nttl = 30\nexpects = [\"a\", \"b\"]\npassword = \"q/\"\n"
      "[shutdown]\ncleanup.redis_keys = [\"a\"]\n");
  CHECK(config.readiness.publish ==
        PublishConfig{"redis://r", "k_addr", PublishCommand::rpush, 300s, "", true, true, false, "me", "p%41"});
  CHECK(config.control == ControlConfig{true, "/run/usher.sock"});
  CHECK(config.metrics.listen == "[::1]:9464");
  CHECK(config.coordination == CoordinationConfig{"redis://r", "n", 30s, {"a", "b"}, "", "q/"});
  CHECK(config.shutdown.cleanup_keys == std::vector<std::string>{"a"});
}

TEST_CASE("levels, starts and final exit codes", "[config]") {
  const Config config = config_of(R"(
[startup]
final_exit_codes = [3, 255]
[[dependency]]
name = "a"
probe = { type = "file", path = "/a" }
before = "first_start"
[[health]]
name = "b"
probe = { type = "process" }
level = "alive"
[[health]]
name = "c"
probe = { type = "process" }
on_failure = "alert"
)");
  CHECK(config.startup.final_exit_codes == std::vector{3, 255});
  CHECK(config.dependencies.at(0).before == DependencyBefore::first_start);
  CHECK(config.health.at(0).level == CheckLevel::alive);
  CHECK_FALSE(config.health.at(1).level);
  CHECK(config_of("").startup.final_exit_codes == std::vector{2, 78});
  CHECK(errors_of("startup.final_exit_codes = [256]\n").size() == 1);
  CHECK(errors_of("startup.final_exit_codes = 2\n") ==
        Texts{"service.toml:1:28: startup.final_exit_codes: expected an array of exit codes such as [2, 78], got 2"});
}

TEST_CASE("what does not go together", "[config][rules]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"readiness.publish.redis.key = \"k\"\n",
       "1:31: readiness.publish.redis.key: url and key need each other; give both"},
      {"readiness.publish.redis = { url = \"redis://a\", key = \"k\" }\n",
       "1:35: readiness.publish.redis.url: there is nothing to publish; give a value, or a "
       "readiness.probe that finds one in the output"},
      {"readiness.probe = { type = \"published\" }\n",
       "1:19: readiness.probe: nothing is published before the service is ready, so that cannot make it ready"},
      {"health = [{ name = \"a\", probe = { type = \"published\" } }]\n",
       "1:33: health[0].probe: needs readiness.publish.redis.url; nothing is published"},
      {"coordination.redis = \"redis://a\"\n",
       "1:22: coordination.redis: coordination.redis needs coordination.namespace, which all services "
       "of one system share"},
      {"shutdown.cleanup.redis_keys = [\"a\"]\n",
       "1:31: shutdown.cleanup.redis_keys: needs coordination.redis, the server that holds the keys"},
      {"shutdown.cleanup.redis_keys = [\"\"]\n",
       "1:32: shutdown.cleanup.redis_keys[0]: expected a text that is not empty"},
      {"shutdown.delay = \"30s\"\n",
       "1:18: shutdown.delay: shutdown.delay (30s) leaves no time of shutdown.timeout (30s) for the "
       "service to stop"},
      {"control.socket = \"a\"\n",
       "1:18: control.socket: expected an absolute path, or \"@name\" for an abstract socket, got \"a\""},
      {"metrics.listen = \"localhost:1\"\n",
       "1:18: metrics.listen: expected \"ADDRESS:PORT\" or \"unix:/path\", got \"localhost:1\": names are "
       "not looked up here"},
      {"metrics.listen = \":9464\"\n",
       "1:18: metrics.listen: expected \"ADDRESS:PORT\" or \"unix:/path\", got \":9464\": it names no host"},
      {"metrics.push = \"https://u:secret@a\"\n",
       "1:16: metrics.push: expected a URL such as \"http://127.0.0.1:8080/health\": user and password do "
       "not go into the URL; give an Authorization header"},
      {"metrics.push = \"http://a\"\nshutdown.last_words = 0\n",
       "2:23: shutdown.last_words: shutdown.last_words of 0 leaves no time for metrics.push"},
      {"[resources]\ninterval = \"50ms\"",
       "2:12: resources.interval: expected 0 or a duration of at least 100ms, got 50ms"},
      {"[alerts]\ncpu = 0.9",
       "2:7: alerts.cpu: needs resources.interval, how often to look at what is used"},
      {"metrics.push_labels = { __a = 1 }\n",
       "1:25: metrics.push_labels.__a: expected the name of a label: letters, digits and '_', no digit "
       "and no \"__\" in front"},
      {"coordination = { redis = \"redis://:a@b\", namespace = \"n\", password = \"p\" }\n",
       "1:70: coordination.password: user and password stand in the URL already; give them in one place"},
      {"readiness.probe = { type = \"redis\", url = \"redis://b\", user = \"u\" }\n",
       "1:19: readiness.probe: a user needs a password"},
      {"coordination = { redis = \"redis://:secret@a:x\", namespace = \"n\" }\n",
       "1:26: coordination.redis: expected a URL such as \"redis://host:6379/0\": the port is not a "
       "number from 1 to 65535"},
  }));
  CAPTURE(text);
  CHECK(errors_of(text) == Texts{"service.toml:" + expected});
}

TEST_CASE("no message has a password", "[config]") {
  for (const char* const key : {"coordination.namespace", "log.level", "service.name", "metrics.listen",
                                "service.workdir", "shutdown.timeout", "log.fields"}) {
    const Texts errors = errors_of(std::string(key) + " = \"redis://:secret@host\"\n");
    REQUIRE(errors.size() == 1);
    CAPTURE(errors[0]);
    CHECK(errors[0].find("secret") == std::string::npos);
  }
}
