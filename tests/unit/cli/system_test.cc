#include "init/cli/system.h"

#include "tests/catch.h"

using namespace usher;
using std::chrono::milliseconds;
using std::chrono::system_clock;

namespace {

RegistryEntry entry(const std::string& service, const std::string& state) {
  RegistryEntry made;
  made.service = service;
  made.instance = "3f2a";
  made.state = state;
  made.health = state == "ready" ? "healthy" : "unhealthy";
  made.since_ms = 1'700'000'000'000;
  return made;
}

RegistryEntry ended(const std::string& service, const std::string& how) {
  RegistryEntry made = entry(service, "exited");
  made.health = how;
  made.reason = "exited, exit code 7";
  made.exit_code = 7;
  return made;
}

}  // namespace

TEST_CASE("a system is healthy when there is some service and all are", "[system]") {
  CHECK(judge_system({{entry("a", "ready")}, ""}).healthy);
  CHECK(judge_system({{entry("a", "ready")}, ""}).reason == "1 service is healthy");
  CHECK(judge_system({{entry("a", "ready"), entry("b", "ready")}, ""}).reason ==
        "2 services are healthy");
  CHECK(!judge_system({}).healthy);
  CHECK(judge_system({}).reason == "no service is registered");
}

TEST_CASE("each service that is not healthy is named", "[system]") {
  SystemServices services{{entry("a", "ready"), entry("b", "waiting"), entry("c", "stopping")}, ""};
  services.entries[1].reason = "redis: refused";
  const SystemHealth health = judge_system(services);
  CHECK(!health.healthy);
  CHECK(health.reason == "b on 3f2a is waiting: redis: refused; c on 3f2a is stopping");
  CHECK(judge_system({{entry("a", "ready")}, "only half was read"}).reason == "only half was read");
  CHECK(!judge_system({{entry("a", "ready")}, "only half was read"}).healthy);
}

TEST_CASE("of many that are not healthy only some are named", "[system]") {
  SystemServices services;
  for (int i = 0; i < 10; ++i) services.entries.push_back(entry("s" + std::to_string(i), "waiting"));
  CHECK_THAT(judge_system(services).reason, has_text("s7 on 3f2a is waiting (and 2 more)"));
}

TEST_CASE("who is expected has to be there, or to have done its work", "[system]") {
  SystemServices services{{entry("redis", "ready")}, "", {"redis", "server", "tests"}};
  CHECK(judge_system(services).reason == "server is missing; tests is missing");
  services.entries.push_back(entry("server", "ready"));
  services.entries.push_back(ended("tests", "done"));
  CHECK(judge_system(services).healthy);
  CHECK(judge_system(services).reason == "2 services are healthy, 1 has ended");
  services.entries[2].health = "stopped";
  CHECK(judge_system(services).reason == "tests is missing: it has been stopped on 3f2a");
  services.entries[2].health = "failed";
  CHECK(judge_system(services).reason == "tests on 3f2a has failed: exited, exit code 7");  // once
}

TEST_CASE("who was stopped and is not expected is not missed", "[system]") {
  const SystemServices services{{entry("redis", "ready"), ended("server", "stopped")}, "", {}};
  CHECK(judge_system(services).reason == "1 service is healthy, 1 has ended");
  CHECK_FALSE(judge_system({{ended("server", "stopped")}, "", {}}).healthy);
  CHECK_FALSE(judge_system({{ended("server", "done")}, "", {}}).healthy);
}

TEST_CASE("a failure counts until another instance has been started", "[system]") {
  SystemServices services{{ended("server", "failed"), entry("server", "ready")}, "", {}};
  services.entries[1].started_ms = services.entries[0].since_ms - 1;  // it was beside it
  CHECK(judge_system(services).reason == "server on 3f2a has failed: exited, exit code 7");
  services.entries[1].started_ms += 2;
  CHECK(judge_system(services).healthy);
}

TEST_CASE("all services stand in one table, and nothing they say moves the cursor", "[system]") {
  RegistryEntry second = entry("py\x1b[2J", "unhealthy");
  second.reason = "redis: refused";
  const auto now = system_clock::time_point(milliseconds(1'700'000'065'000));
  CHECK(system_table({entry("js", "ready"), second}, now, {}) ==
        "SERVICE    STATE      HEALTH     FOR    INSTANCE  VALUE  SAYS\n"
        "js         ready      healthy    1m05s  3f2a\n"
        "py\\x1b[2J  unhealthy  unhealthy  1m05s  3f2a             redis: refused\n");
}

TEST_CASE("times that nobody can mean do no harm", "[system]") {
  for (const std::int64_t ms : {INT64_MIN, std::int64_t{-1}, INT64_MAX}) {
    RegistryEntry strange = entry("a", "ready");
    strange.since_ms = ms;
    CHECK_THAT(system_json({strange}), has_text("\"since\":\""));
    CHECK_THAT(system_table({strange}, system_clock::time_point{}, {}), has_text("ready"));
  }
}

TEST_CASE("the JSON is an array of services", "[system]") {
  CHECK(system_json({}) == "[]");
  CHECK(system_json({entry("a", "ready")}) ==
        R"([{"service":"a","instance":"3f2a","state":"ready","since":"2023-11-14T22:13:20.000Z",)"
        R"("healthy":true,"reason":"","ready_value":"","attempt":0,"restarts":0}])");
  CHECK_THAT(system_json({ended("a", "failed")}),
             has_text(R"("healthy":false,"reason":"exited, exit code 7",)") &&
                 has_text(R"("ended":"failed","exit_code":7})"));
}
