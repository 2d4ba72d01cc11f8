// Probes with ${ready.value} in their settings.
#include "init/base/known_secrets.h"
#include "tests/unit/config/loading.h"
#include "tests/unit/probes/probe_world.h"

using namespace usher;

namespace {

struct LateWorld : ProbeWorld {
  // A check of a service whose readiness finds something.
  const ProbeConfig& check(const std::string& probe) {
    config = config_of("readiness.probe = { type = 'stdout', match = 'multiaddr' }\n[[health]]\nname = 'c'\nprobe = { " +
                       probe + " }\n");
    REQUIRE(config.health.size() == 1);
    return config.health[0].probe;
  }
  Config config;
};

// Shows what it was given.
std::string shows(const std::string& text) { return "type = 'exec', command = ['sh', '-c', 'echo $0; exit 1', '" + text + "']"; }

}  // namespace

TEST_CASE_METHOD(LateWorld, "a probe is asked with what readiness has found", "[late_probe]") {
  service.found = "/ip6/::1/tcp/4001/ws";
  const auto [text, said] = GENERATE(table<std::string, std::string>({
      {"${ready.value}", "/ip6/::1/tcp/4001/ws"},
      {"${ready.host}", "::1"},
      {"${ready.host}:${ready.port}", "[::1]:4001"},
      {"a$$b${ready.port}c$${ready.host}$$", "a$b4001c${ready.host}$"},
      {"${UNSET:-${ready.port}}", "4001"},
  }));
  const auto probe = make_probe(check(shows(text)), context);
  CHECK(probe->target() == "exec of what readiness finds");
  CHECK(ask(*probe).reason == "sh ended with code 1: " + said);
  CHECK(probe->target() == "sh");
}

TEST_CASE_METHOD(LateWorld, "a secret beside it is asked with as it is", "[late_probe]") {
  note_secret("late_probe.secret");  // as what a file of secrets holds is
  service.found = "web:80";
  // What it is stays hidden; how long it is, is said.
  const auto probe = make_probe(check("type = 'exec', command = ['sh', '-c', 'printf %s \"$0\" | wc -c; exit 1', "
                                      "'late_probe.secret${ready.port}']"), context);
  CHECK(ask(*probe).reason == "sh ended with code 1: 19");
}

TEST_CASE_METHOD(LateWorld, "each value that is found makes it anew", "[late_probe]") {
  const auto probe = make_probe(check("type = 'file', path = '${ready.value}', pattern = '${ready.host}'"), context);
  const ProbeResult early = ask(*probe);
  CHECK(early.verdict == Verdict::not_yet);
  CHECK(early.reason == "readiness has found no value so far, and ${ready.value} is asked for");
  service.found = "/proc/self/status";
  CHECK(ask(*probe).reason ==
        "cannot be asked with \"/proc/self/status\", which readiness has found: probe.pattern: "
        "there is no ${ready.host} in what readiness has found");
  service.found = "web:80";
  CHECK_THAT(ask(*probe).reason, has_text("probe.path: expected an absolute path"));
  const auto other = make_probe(check("type = 'file', path = '${ready.value}'"), context);
  service.found = "/proc/self/status";
  CHECK(ask(*other).verdict == Verdict::pass);
  CHECK(other->target() == "/proc/self/status");
  service.found = "/there/is/none";
  CHECK(ask(*other).verdict == Verdict::not_yet);
  CHECK(other->target() == "/there/is/none");
  context.service = nullptr;  // as in `usher wait`
  CHECK(ask(*make_probe(config.health[0].probe, context)).reason == "only PID 1 knows what readiness has found");
}

TEST_CASE_METHOD(LateWorld, "numbers and lists beside it stay what they are", "[late_probe]") {
  service.found = "127.0.0.1:1";
  const auto probe = make_probe(
      check("type = 'http', url = 'http://${ready.value}/$$x', status = ['${S:-204}', 200], redirects = '${R:-3}'"), context);
  // It is asked for, with a resolver that this world has not: that it reads back is all.
  const auto [late, why] = read_late_probe(config.health[0].probe, parse_ready_value(service.found));
  CHECK(why.empty());
  REQUIRE(late.as<HttpProbe>());
  CHECK(late.as<HttpProbe>()->url == "http://127.0.0.1:1/$x");
  CHECK(late.as<HttpProbe>()->redirects == 3);
  CHECK(late.as<HttpProbe>()->status.size() == 2);
}

TEST_CASE("texts that fit what readiness may find are taken", "[late_probe]") {
  const std::string ready = "readiness.probe = { type = 'stdout', pattern = 'x' }\n[[health]]\nname = 'c'\nprobe = ";
  for (const char* good : {"{ type = 'tcp', address = '${ready.value}' }", "{ type = 'tcp', address = 'a:${ready.value}' }",
                           "{ type = 'tcp', address = '${ready.host}:${ready.port}' }",
                           "{ type = 'grpc', address = '127.0.0.1:${ready.port}' }",
                           "{ type = 'http', url = '${ready.value}' }", "{ type = 'http', url = 'http://h:${ready.value}/' }",
                           "{ type = 'libp2p' }", "{ type = 'libp2p', address = '/ip4/1.2.3.4/tcp/${ready.port}' }"})
    CHECK(errors_of(ready + good + "\n").empty());
  const auto problem = [](const std::string& text) {
    const Texts errors = errors_of(text);
    REQUIRE(errors.size() == 1);
    return errors[0];
  };
  CHECK_THAT(problem(ready + "{ type = 'tcp', address = '${ready.peer}' }\n"),
             has_text("what readiness finds has ${ready.value}, ${ready.host} and ${ready.port}"));
  CHECK_THAT(problem(ready + "{ type = 'stdout', pattern = '${ready.host}' }\n"),
             has_text("${ready.host} is known in [[health]] alone, to probes that do not look at the service itself"));
  CHECK_THAT(problem("readiness.probe = { type = 'tcp', address = '${ready.value}' }\n"), has_text("in [[health]] alone"));
  CHECK_THAT(problem("service.user = '${ready.value}'\n"), has_text("in [[health]] alone"));
  CHECK_THAT(problem("readiness.probe = { type = 'notify' }\n[[health]]\nname = 'c'\nprobe = { type = 'libp2p' }\n"),
             has_text("asks for ${ready.value}, but no readiness.probe finds a value"));
}

TEST_CASE("probes with what readiness finds differ by their texts", "[late_probe]") {
  const auto check = [](const std::string& address) {
    return config_of("readiness.probe = { type = 'stdout', pattern = 'x' }\n[[health]]\nname = 'c'\n"
                     "probe = { type = 'tcp', address = '" + address + "' }\n").health[0].probe;
  };
  CHECK(check("${ready.value}") == check("${ready.value}"));
  CHECK_FALSE(check("${ready.value}") == check("127.0.0.1:1"));
  CHECK(host_of(check("${ready.value}")).empty());
}
