#include "init/control/snapshot.h"

#include "tests/catch.h"
#include "tests/unit/control/snapshots.h"

using namespace usher;

TEST_CASE("a snapshot goes through JSON unchanged", "[snapshot]") {
  Snapshot s = snapshot_in("unhealthy", false, "redis failing: \"refused\"\n\x1b[31m");
  s.in_state = std::chrono::milliseconds(1500);
  s.uptime = std::chrono::hours(48);
  s.restarts = 3;
  s.ready_value = "/ip4/10.0.0.2/tcp/4001";
  s.status_text = "caf\xC3\xA9";
  s.memory_bytes = std::int64_t{5} << 40;
  s.processes = 12;
  s.resources = ResourcesView{.cpu_ms = 1'250, .threads = 40, .descriptors = 100};
  s.resources->container_cpu_limit = 1.5;
  s.resources->memory_pressure = 0.07;
  s.checks.push_back(check_view("redis", CheckStatus::failing, "refused"));
  s.checks.back().failures = 4;
  s.checks.back().latency = std::chrono::milliseconds(412);
  s.checks.back().age = std::chrono::milliseconds(0);
  s.checks.push_back(check_view("never ran", CheckStatus::unknown));
  s.checks[0].level = CheckLevel::alive;
  s.checks[1].level = CheckLevel::watch;
  s.alive = false;
  s.dependencies.push_back({"db", "tcp://db:5432", true, "connected"});
  s.alerts.push_back({"cpu", "alerts.cpu", "1.4 CPUs in use", std::chrono::milliseconds(250'000)});

  const std::string json = to_json(s);
  CHECK(json.find('\n') == std::string::npos);
  const auto read = parse_json(json);
  REQUIRE(read);
  const Snapshot back = snapshot_from(*read);
  CHECK(back.reason == s.reason);
  CHECK_FALSE(back.alive);
  CHECK(back.checks.at(0).level == CheckLevel::alive);
  CHECK(back.checks.at(1).level == CheckLevel::watch);
  CHECK(back.in_state == s.in_state);
  CHECK(back.memory_bytes == s.memory_bytes);
  CHECK(back.resources.value().threads == 40);
  CHECK(back.resources->container_cpu_limit == 1.5);
  CHECK(back.resources->memory_pressure == 0.07);
  CHECK_FALSE(back.resources->io_pressure);
  CHECK(back.checks.at(0).latency == s.checks[0].latency);
  CHECK(back.checks.at(0).age == s.checks[0].age);
  CHECK_FALSE(back.checks.at(1).age);
  CHECK(back.dependencies.at(0).satisfied);
  CHECK(back.alerts.at(0).lasts == s.alerts[0].lasts);
  CHECK(to_json(back) == json);
}

TEST_CASE("long texts are cut at a whole character", "[snapshot]") {
  Snapshot s = snapshot_in("ready");
  for (int i = 0; i < 10'000; ++i) s.status_text += "\xC3\xA9";
  s.status_text.insert(0, "x");
  const std::string json = to_json(s);
  CHECK(json.size() < 2'000);
  const auto read = parse_json(json);
  REQUIRE(read);
  CHECK(read->text_of("status_text").size() == 1023);
}

TEST_CASE("what another version leaves out is left as it is", "[snapshot]") {
  const Snapshot s =
      snapshot_from(*parse_json(R"({"state":"ready","checks":[{"status":"odd"},7]})"));
  CHECK(s.state == "ready");
  CHECK(s.pid == 0);
  REQUIRE(s.checks.size() == 2);
  CHECK(s.checks[0].status == CheckStatus::unknown);
  CHECK(s.checks[1].name.empty());
}
