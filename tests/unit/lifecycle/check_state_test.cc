#include "init/lifecycle/check_state.h"

#include "tests/catch.h"

using namespace usher;

namespace {

HealthConfig thresholds(unsigned failures, unsigned successes = 1, Millis start_period = {}) {
  HealthConfig config;
  config.failure_threshold = failures;
  config.success_threshold = successes;
  config.start_period = start_period;
  return config;
}

// "+" is a success, "-" a failure; one second passes with each.
CheckState after(const HealthConfig& config, std::string_view results) {
  CheckState state;
  Millis now{0};
  for (const char result : results) {
    state.take(config, result == '+', now);
    now += Millis{1'000};
  }
  return state;
}

}  // namespace

TEST_CASE("nobody is healthy before a check has passed", "[health]") {
  CHECK(CheckState{}.status() == CheckStatus::unknown);
  CHECK(after(thresholds(3), "--").status() == CheckStatus::unknown);
  CHECK(after(thresholds(3, 2), "+").status() == CheckStatus::unknown);
}

TEST_CASE("only failures in a row count, and only from the threshold on", "[health]") {
  const HealthConfig config = thresholds(3);
  CHECK(after(config, "+--").status() == CheckStatus::passing);
  CHECK(after(config, "+--+--").status() == CheckStatus::passing);
  CHECK(after(config, "+---").status() == CheckStatus::failing);
  CHECK(after(config, "---").status() == CheckStatus::failing);
  CHECK(after(config, "+---").consecutive_failures() == 3);
}

TEST_CASE("a failing check recovers after successes in a row", "[health]") {
  const HealthConfig config = thresholds(1, 3);
  CHECK(after(config, "-++").status() == CheckStatus::failing);
  CHECK(after(config, "-++-++").status() == CheckStatus::failing);
  CHECK(after(config, "-+++").status() == CheckStatus::passing);
}

TEST_CASE("failures in the start period do not count, but the first success ends it", "[health]") {
  const HealthConfig config = thresholds(2, 1, Millis{10'000});
  CHECK(after(config, "---------").status() == CheckStatus::unknown);
  CHECK(after(config, "------------").status() == CheckStatus::failing);
  CHECK(after(config, "+--").status() == CheckStatus::failing);
}

TEST_CASE("the time of being well ends with the first failure of the row", "[health]") {
  const CheckState state = after(thresholds(3), "++++---");
  CHECK(state.stable_for() == Millis{4'000});
}

TEST_CASE("take says when the status changes", "[health]") {
  const HealthConfig config = thresholds(2);
  CheckState state;
  CHECK(state.take(config, true, Millis{0}));
  CHECK_FALSE(state.take(config, true, Millis{0}));
  CHECK_FALSE(state.take(config, false, Millis{0}));
  CHECK(state.take(config, false, Millis{0}));
  CHECK_FALSE(state.take(config, false, Millis{0}));
}

TEST_CASE("a check that only says so is watched, unless it is told to count", "[check_state]") {
  HealthConfig config;
  CHECK(level_of(config) == CheckLevel::ready);
  config.on_failure = OnFailure::restart;
  CHECK(level_of(config) == CheckLevel::ready);
  config.on_failure = OnFailure::alert;
  CHECK(level_of(config) == CheckLevel::watch);
  config.level = CheckLevel::alive;
  CHECK(level_of(config) == CheckLevel::alive);
}
