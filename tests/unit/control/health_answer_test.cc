#include "init/control/health_answer.h"

#include "tests/catch.h"
#include "tests/unit/control/snapshots.h"

using namespace usher;

namespace {

HealthAnswer ask(const Snapshot& s, std::vector<std::string> names = {}) {
  return answer_health(s, names);
}

}  // namespace

TEST_CASE("only a service that says so is healthy; one on its way up is worth waiting for",
          "[health]") {
  const auto [state, healthy, health] =
      GENERATE(Catch::Generators::table<const char*, bool, Health>({
          {"waiting", false, Health::coming},
          {"starting", false, Health::coming},
          {"backoff", false, Health::coming},
          {"ready", true, Health::healthy},
          {"ready", false, Health::coming},  // a check has not had its say
          {"unhealthy", false, Health::unhealthy},
          {"stopping", false, Health::unhealthy},
          {"exited", false, Health::unhealthy},
          {"a later version's", false, Health::unhealthy},
      }));
  CAPTURE(state, healthy);
  const Snapshot s = snapshot_in(state, healthy);
  CHECK(ask(s).health == health);
  CHECK(ask(s, {"echo"}).health == health);  // the service's name means all of it
}

TEST_CASE("a check counts only while the service is up", "[health]") {
  const auto [state, status, health] =
      GENERATE(Catch::Generators::table<const char*, CheckStatus, Health>({
          {"ready", CheckStatus::passing, Health::healthy},
          {"unhealthy", CheckStatus::passing, Health::healthy},  // another one is not
          {"ready", CheckStatus::unknown, Health::coming},
          {"ready", CheckStatus::failing, Health::unhealthy},
          {"starting", CheckStatus::passing, Health::coming},
          {"stopping", CheckStatus::passing, Health::unhealthy},
          {"exited", CheckStatus::passing, Health::unhealthy},
      }));
  CAPTURE(state, to_string(status));
  Snapshot s = snapshot_in(state, false);
  s.checks.push_back(check_view("redis", status));
  const HealthAnswer answer = ask(s, {"redis"});
  CHECK(answer.health == health);
  REQUIRE(answer.checks.size() == 1);
  CHECK(answer.checks[0]->name == "redis");
}

TEST_CASE("of several names the worst one counts", "[health]") {
  Snapshot s = snapshot_in("ready", false);
  s.checks = {check_view("a", CheckStatus::passing), check_view("b", CheckStatus::unknown),
              check_view("c", CheckStatus::failing, "refused")};
  CHECK(ask(s, {"a"}).health == Health::healthy);
  CHECK(ask(s, {"a", "b"}).health == Health::coming);
  CHECK(ask(s, {"c", "b", "a"}).health == Health::unhealthy);
  CHECK(ask(s, {"a", "c"}).text == "a passing; c failing: refused");
}

TEST_CASE("a name that is not known is unhealthy and told which are", "[health]") {
  Snapshot s = snapshot_in("ready", true);
  s.checks = {check_view("redis", CheckStatus::passing)};
  const HealthAnswer answer = ask(s, {"rediss"});
  CHECK(answer.health == Health::unhealthy);
  CHECK(answer.text == "no check is named \"rediss\"; known: redis, echo (all of it)");
}

TEST_CASE("the text is one line below what Docker keeps", "[health]") {
  Snapshot s = snapshot_in("unhealthy", false, "a\nb\r\x1b[1m" + std::string(10'000, 'x'));
  const HealthAnswer answer = ask(s);
  CHECK(answer.text.starts_with("unhealthy (level ready): a b  [1mx"));
  CHECK(answer.text.size() <= kHealthTextMost);
  CHECK(ask(snapshot_in("ready", true, "2 checks pass")).text == "healthy (level ready): 2 checks pass");
  CHECK(ask(snapshot_in("ready", false)).text == "not healthy yet (level ready)");
}

TEST_CASE("alive is asked of the checks of that level alone, whatever comes up or goes", "[health]") {
  const auto [state, alive] = GENERATE(Catch::Generators::table<const char*, bool>(
      {{"waiting", true}, {"starting", true}, {"ready", true}, {"unhealthy", true}, {"unhealthy", false},
       {"stopping", true}, {"backoff", true}, {"exited", false}}));
  CAPTURE(state, alive);
  Snapshot s = snapshot_in(state, false, "why");
  s.alive = alive;
  const HealthAnswer answer = answer_health(s, {}, CheckLevel::alive);
  CHECK(answer.health == (alive ? Health::healthy : Health::unhealthy));
  CHECK(answer.text == (alive ? std::string("healthy (level alive), ") + state + ": why"
                              : std::string(state) + " (level alive): why"));
}

TEST_CASE("who is not alive says by which check", "[health]") {
  Snapshot s = snapshot_in("unhealthy", false, "redis: refused");
  s.alive = false;
  s.checks = {check_view("redis", CheckStatus::failing, "refused"), check_view("http", CheckStatus::failing, "hangs")};
  s.checks[1].level = CheckLevel::alive;
  CHECK(answer_health(s, {}, CheckLevel::alive).text == "unhealthy (level alive): http: hangs");
}

TEST_CASE("the level watch takes what only people hear of, too", "[health]") {
  const auto [healthy, status, health] = GENERATE(Catch::Generators::table<bool, CheckStatus, Health>({
      {true, CheckStatus::passing, Health::healthy},
      {true, CheckStatus::unknown, Health::coming},
      {true, CheckStatus::failing, Health::unhealthy},
      {false, CheckStatus::passing, Health::coming},
  }));
  Snapshot s = snapshot_in("ready", healthy);
  s.checks = {check_view("redis", status, "refused")};
  s.checks[0].level = CheckLevel::watch;
  const HealthAnswer answer = answer_health(s, {}, CheckLevel::watch);
  CHECK(answer.health == health);
  if (health == Health::unhealthy) CHECK(answer.text == "unhealthy (level watch): redis: refused");
  CHECK(answer_health(s, {"echo"}, CheckLevel::watch).health == health);
}
