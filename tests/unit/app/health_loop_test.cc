#include "init/app/health_loop.h"

#include "tests/catch.h"
#include "tests/probe_settings.h"
#include "tests/unit/app/scripted_probe.h"

using namespace usher;

namespace {

using enum ProbeResult::Verdict;

struct Checking {
  Loop loop;
  Script script;
  std::vector<HealthConfig> config{1};
  std::vector<CheckStatus> statuses;  // as they changed
  unsigned results = 0, enough = 0;
  std::unique_ptr<HealthLoop> health;

  Checking() {
    config[0].name = "check";
    config[0].interval = Millis{1};
    config[0].failure_threshold = 2;
  }
  MakeProbe make() {
    return [this](const ProbeConfig&) { return std::make_unique<ScriptedProbe>(loop, script); };
  }
  void build() {
    health = std::make_unique<HealthLoop>(loop, config, make(), [this](const auto& check, bool changed) {
      if (changed) statuses.push_back(check.state.status());
      if (++results == enough) loop.stop();
    });
  }
  void run(std::deque<ProbeResult::Verdict> verdicts, unsigned until) {
    script.verdicts = std::move(verdicts);
    enough = until;
    build();
    health->start();
    loop.run();
  }
};

}  // namespace

TEST_CASE_METHOD(Checking, "a check passes, fails from its threshold on, and recovers", "[health]") {
  run({pass, not_yet, not_yet, not_yet, pass}, 5);
  CHECK(statuses == std::vector{CheckStatus::passing, CheckStatus::failing, CheckStatus::passing});
  CHECK(health->all_pass());
  CHECK(script.most_running == 1);
}

TEST_CASE_METHOD(Checking, "what was not quite there at first is not waited for an interval", "[health]") {
  config[0].interval = std::chrono::hours{1};
  run({not_yet, not_yet, pass}, 3);
  CHECK(statuses == std::vector{CheckStatus::passing});
}

TEST_CASE_METHOD(Checking, "asked before its interval is over, a check cannot begin to fail", "[health]") {
  config[0].interval = std::chrono::hours{1};
  run({not_yet}, 4);  // twice the threshold
  CHECK(statuses.empty());
  CHECK(health->checks()[0]->state.consecutive_failures() == 1);
}

TEST_CASE_METHOD(Checking, "a check that never passes fails at its intervals", "[health]") {
  config[0].interval = Millis{200};
  run({not_yet}, 4);  // at 0, 50, 150 and 200 ms, or later
  CHECK(statuses == std::vector{CheckStatus::failing});
  CHECK(health->checks()[0]->state.consecutive_failures() >= 2);
}

TEST_CASE_METHOD(Checking, "what is not known is not healthy", "[health]") {
  build();
  CHECK_FALSE(health->all_pass());
  CHECK_FALSE(health->any_fails());
}

TEST_CASE_METHOD(Checking, "nothing is asked any more after a stop", "[health]") {
  run({pass}, 2);
  health->stop();
  CHECK(script.running == 0);
  const unsigned asked = script.asked;
  uv_run(&loop.uv(), UV_RUN_DEFAULT);  // until no timer is left
  CHECK(script.asked == asked);
  CHECK(health->checks()[0]->state.status() == CheckStatus::passing);
}

TEST_CASE_METHOD(Checking, "a new set of checks goes on with what was known of the old", "[health]") {
  run({not_yet}, 3);
  const auto old = std::move(health);
  config.push_back(config[0]);
  config[1].name = "another";
  build();
  health->take_over(*old);
  CHECK(health->any_fails());
  CHECK(health->checks()[0]->state.consecutive_failures() == 3);
  CHECK(health->checks()[1]->state.status() == CheckStatus::unknown);
}
