#include "init/app/readiness.h"

#include "init/app/announcer.h"
#include "init/app/metrics_page.h"
#include "init/app/process_setup.h"
#include "tests/catch.h"
#include "tests/unit/app/scripted_probe.h"

using namespace usher;

TEST_CASE("ready is who misses nothing, and what is missing is named", "[readiness]") {
  ReadinessFacts facts;
  CHECK(missing_of(facts).empty());
  facts.handlers_installed = false;
  CHECK(missing_of(facts) == "it does not catch the signals of readiness.require_signal_handlers");
  facts.notified = false;
  CHECK(missing_of(facts) == "it has not notified of being ready");
  facts.says = "loading";
  CHECK(missing_of(facts) == "it has not notified of being ready and says \"loading\"");
  facts.failing = {"tcp://a:1: refused", "tcp://b:2: no such name"};
  CHECK(missing_of(facts) == "tcp://b:2: no such name");
  facts.line_seen = false;
  CHECK(missing_of(facts) == "no line of its output has matched readiness.probe");
  facts.passed_over = "/ip4/127.0.0.1/tcp/1 is a loopback";
  CHECK(missing_of(facts) ==
        "no line of its output has matched readiness.probe; /ip4/127.0.0.1/tcp/1 is a loopback");
}

TEST_CASE("who is hurried asks at once, and anew with short pauses", "[readiness]") {
  constexpr unsigned kRuns = 24;  // with pauses that double they would take weeks
  Loop loop;
  Script script;
  script.verdicts = {ProbeResult::Verdict::not_yet};
  unsigned results = 0;
  std::unique_ptr<Poller> poller;
  poller = std::make_unique<Poller>(loop, std::make_unique<ScriptedProbe>(loop, script), Millis{1'000},
                                    std::chrono::hours{24 * 365}, [&] {
                                      if (++results == kRuns) return loop.stop();
                                      poller->hurry();
                                    });
  poller->start();
  loop.run();
  CHECK(script.asked >= kRuns);
  CHECK(script.most_running == 1);
}

TEST_CASE("a service may be started again by its policy, its health or while it was never ready",
          "[readiness]") {
  Config config;
  Life life;
  CHECK_FALSE(may_start_again(config, life));
  config.readiness.probes.push_back(LineProbe{true, false, false, "ready", false});
  CHECK(may_start_again(config, life));
  life.ever_ready = true;
  CHECK_FALSE(may_start_again(config, life));
  config.health.emplace_back().on_failure = OnFailure::restart;
  CHECK(may_start_again(config, life));
  config.health.clear();
  config.restart.policy = RestartPolicy::on_failure;
  CHECK(may_start_again(config, life));
}

TEST_CASE("a kubelet's probes are answered by the status", "[status]") {
  Status status;
  status.state = "starting";
  CHECK(answer_probe("/health/live", status)->status == 200);
  CHECK(answer_probe("/health/ready", status)->status == 503);
  CHECK(answer_probe("/health/startup", status)->status == 503);
  CHECK(answer_probe("/health/startup", status)->body == "starting\n");
  status.healthy = status.started = true;
  status.alive = false;
  CHECK(answer_probe("/health/live", status)->status == 503);
  CHECK(answer_probe("/health/ready", status)->status == 200);
  CHECK(answer_probe("/health/startup", status)->status == 200);
  CHECK_FALSE(answer_probe("/health", status));
}

TEST_CASE("the registry says why a service is not healthy, and nothing of one that is", "[status]") {
  Status status;
  status.state = "starting";
  status.reason = "no line";
  status.ready_value = "";
  status.starts = 2;
  CHECK(entry_of(status).reason == "no line");
  CHECK(entry_of(status).health == "unhealthy");
  CHECK(entry_of(status).attempt == 2);
  status.healthy = true;
  status.ready_value = "addr-2";
  CHECK(entry_of(status).reason.empty());
  CHECK(entry_of(status).health == "healthy");
  CHECK(entry_of(status).value == "addr-2");
}
