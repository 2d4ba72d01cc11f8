#include "tests/unit/probes/probe_world.h"

using namespace usher;

namespace {

const LineProbe kMultiaddr{.on_stdout = true, .on_stderr = false, .multiaddr = true, .pattern = ""};

}  // namespace

TEST_CASE_METHOD(ProbeWorld, "a line that was found passes with its value", "[service_probe]") {
  service.line = "/ip4/172.18.0.3/tcp/4001";
  const ProbeResult result = ask(kMultiaddr);
  CHECK(result.verdict == Verdict::pass);
  CHECK(result.value == "/ip4/172.18.0.3/tcp/4001");
}

TEST_CASE_METHOD(ProbeWorld, "the last line is what was seen instead", "[service_probe]") {
  const ProbeConfig config = LineProbe{.on_stderr = true, .pattern = "ready"};
  CHECK(ask(config).reason == "nothing has been printed yet");
  service.last = "loading \"x\"";
  const ProbeResult result = ask(config);
  CHECK(result.verdict == Verdict::not_yet);
  CHECK(result.reason == R"(no line has matched; the last one is "loading \"x\"")");
}

TEST_CASE_METHOD(ProbeWorld, "one that is silent for too long fails the check", "[service_probe]") {
  const ProbeConfig config = LineProbe{.on_stdout = true, .pattern = "", .max_silence = Millis{60'000}};
  service.line = "was seen once";  // which does not help
  CHECK(ask(config).reason == "it is not ready yet");
  service.silence = Millis{60'000};
  CHECK(ask(config).verdict == Verdict::pass);
  service.silence = Millis{61'000};
  CHECK(ask(config).reason == "no output for 61s, max_silence is 1m");
  service.last = "done 3 of 9";
  CHECK(ask(config).reason == "no output for 61s, max_silence is 1m; the last line is \"done 3 of 9\"");
  CHECK_THAT(ask(LineProbe{.on_stdout = true, .pattern = "done", .max_silence = Millis{60'000}}).reason,
             has_text("no line that matches for 61s"));
}

TEST_CASE_METHOD(ProbeWorld, "a service that has said it is ready passes", "[service_probe]") {
  const NotifyProbe probe = GENERATE(NotifyProbe{}, NotifyProbe{.fd = 3});
  CHECK(ask(probe).reason ==
        (probe.fd < 0 ? "it does not say READY=1" : "no newline on descriptor 3"));
  service.status = "loading";
  CHECK_THAT(ask(probe).reason, has_text("; it says \"loading\""));
  service.notified = true;
  CHECK(ask(probe).verdict == Verdict::pass);
}

TEST_CASE_METHOD(ProbeWorld, "a watchdog that is not fed fails the check", "[service_probe]") {
  service.notified = true;
  const ProbeConfig config = NotifyProbe{.watchdog = Millis{10'000}};
  service.watchdog = Millis{10'000};
  CHECK(ask(config).verdict == Verdict::pass);
  service.watchdog = Millis{10'001};
  const ProbeResult result = ask(config);
  CHECK(result.verdict == Verdict::not_yet);
  CHECK_THAT(result.reason, has_text("no WATCHDOG=1 for 10") && has_text("watchdog is 10s"));
}

TEST_CASE_METHOD(ProbeWorld, "what was published passes until it is lost", "[service_probe]") {
  const ProbeConfig config = find_probe_kind("published")->filled([](void*) {});
  service.published = {false, "it refuses"};
  CHECK(ask(config).reason == "not written: it refuses");
  service.published = {true, ""};
  CHECK(ask(config).verdict == Verdict::pass);
  service.published = {true, "it is away"};
  const ProbeResult result = ask(config);
  CHECK(result.verdict == Verdict::not_yet);
  CHECK_THAT(result.reason, has_text("nobody can tell") && has_text("it is away"));
}

TEST_CASE_METHOD(ProbeWorld, "what is on its way to the server is waited for", "[service_probe]") {
  const ProbeConfig config = find_probe_kind("published")->filled([](void*) {});
  Timer answer(loop);
  answer.start(Millis{1}, [this] { service.published = {true, ""}; });
  CHECK(ask(config).verdict == Verdict::pass);
  service.published = {};
  answer.start(Millis{1}, [this] { service.published = {false, "it refuses"}; });
  CHECK(ask(config).reason == "not written: it refuses");
  service.published = {};
  CHECK(ask(config, Millis{1}).reason == "not written yet");
}

TEST_CASE_METHOD(ProbeWorld, "what only PID 1 knows cannot be asked elsewhere", "[service_probe]") {
  context.service = nullptr;
  CHECK(ask(LineProbe{.on_stdout = true, .pattern = "x"}).verdict == Verdict::misconfigured);
  CHECK(ask(NotifyProbe{}).verdict == Verdict::misconfigured);
  CHECK(ask(ProcessProbe{}).verdict == Verdict::misconfigured);
}

TEST_CASE("probes have names for people", "[service_probe]") {
  CHECK(target_of(kMultiaddr) == "stdout multiaddr");
  CHECK(target_of(LineProbe{.on_stdout = true, .on_stderr = true, .pattern = "up"}) ==
        "stdout and stderr \"up\"");
  CHECK(target_of(LineProbe{.on_stdout = true, .pattern = "", .max_silence = Millis{1}}) == "stdout");
  CHECK(target_of(NotifyProbe{}) == "NOTIFY_SOCKET");
  CHECK(target_of(NotifyProbe{.fd = 3}) == "descriptor 3");
  CHECK(target_of(FileProbe{"/run/ready", ""}) == "/run/ready");
  CHECK(target_of(ExecProbe{{"redis-cli", "-a", "secret", "ping"}}) == "redis-cli");
  CHECK(kind_of(LineProbe{.on_stderr = true, .pattern = "x"}) == "stderr");
  CHECK(kind_of(ProcessProbe{}) == "process");
}
