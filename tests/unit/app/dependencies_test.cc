#include "init/app/dependencies.h"

#include "tests/catch.h"
#include "tests/probe_settings.h"
#include "tests/unit/app/scripted_probe.h"

using namespace usher;

namespace {

using enum ProbeResult::Verdict;

LogConfig silent() {
  LogConfig config;
  config.level = LogLevel::off;
  return config;
}

struct Waiting {
  Loop loop;
  Log log{silent(), "service", "instance"};
  std::vector<DependencyConfig> config;
  std::map<std::string, Script> scripts;  // by the path of a file probe, which names them here
  std::optional<Dependencies::Outcome> outcome;
  std::unique_ptr<Dependencies> dependencies;

  DependencyConfig& add(const std::string& name, std::deque<ProbeResult::Verdict> verdicts) {
    scripts[name].verdicts = std::move(verdicts);
    DependencyConfig one;
    one.name = name;
    one.probe = FileProbe{name, ""};
    one.interval = Millis{1};
    config.push_back(one);
    return config.back();
  }
  void run() {
    const auto make = [this](const ProbeConfig& probe) {
      return std::make_unique<ScriptedProbe>(loop, scripts[probe.as<FileProbe>()->path]);
    };
    dependencies = std::make_unique<Dependencies>(loop, log, config, make, [this](auto result) {
      outcome = result;
      loop.stop();
    });
    loop.run();
  }
};

}  // namespace

TEST_CASE("a pause doubles from 50 ms up to the longest", "[poller]") {
  Millis pause{0};
  std::vector<int> pauses;
  for (int i = 0; i < 7; ++i) pauses.push_back(static_cast<int>((pause = Poller::next_pause(pause, Millis{1'000})).count()));
  CHECK(pauses == std::vector{50, 100, 200, 400, 800, 1'000, 1'000});
}

TEST_CASE_METHOD(Waiting, "all dependencies are waited for, each until it is there", "[dependencies]") {
  add("a", {pass});
  add("b", {not_yet, not_yet, pass}).export_as = "B_VALUE";
  run();
  REQUIRE(outcome);
  CHECK(outcome->satisfied);
  CHECK(scripts["a"].asked == 1);
  CHECK(scripts["b"].asked == 3);
  CHECK(dependencies->exports() == std::vector<std::pair<std::string, std::string>>{{"B_VALUE", "found"}});
}

TEST_CASE("one that is not there in time ends the wait", "[dependencies]") {
  std::string last_seen;
  // Until the time is not over before the first look.
  for (Millis time{20}; last_seen.empty(); time *= 4) {
    REQUIRE(time < std::chrono::minutes{5});
    Waiting waiting;
    waiting.add("a", {pass});
    waiting.add("b", {not_yet}).timeout = time;
    waiting.run();
    REQUIRE(waiting.outcome);
    CHECK_FALSE(waiting.outcome->satisfied);
    CHECK_FALSE(waiting.outcome->misconfigured);
    last_seen = waiting.dependencies->states()[1].reason;
  }
  CHECK(last_seen == "refused");
}

TEST_CASE_METHOD(Waiting, "one that can never be there ends the wait at once", "[dependencies]") {
  add("a", {not_yet});
  add("b", {misconfigured});
  run();
  REQUIRE(outcome);
  CHECK(outcome->misconfigured);
}

TEST_CASE_METHOD(Waiting, "the wait may be destroyed when it is over", "[dependencies]") {
  add("a", {pass});
  const auto make = [this](const ProbeConfig&) {
    return std::make_unique<ScriptedProbe>(loop, scripts["a"]);
  };
  dependencies = std::make_unique<Dependencies>(loop, log, config, make, [this](auto) {
    dependencies.reset();
    loop.stop();
  });
  loop.run();
  CHECK_FALSE(dependencies);
}
