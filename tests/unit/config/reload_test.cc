#include "init/config/reload.h"

#include "init/config/keys.h"
#include "tests/catch.h"
#include "tests/probe_settings.h"

using namespace usher;

namespace {

Config example() {
  Config config;
  config.service.name = "echo";
  config.service.command = {"node", "server.js"};
  config.health.push_back({.name = "redis", .probe = TcpProbe{"redis", 6379}});
  return config;
}

std::string said(const Config& running, const Config& fresh) {
  return describe(changes(running, fresh));
}

}  // namespace

TEST_CASE("a reload knows what each key can do", "[reload]") {
  for (const Key& key : keys()) {
    CAPTURE(key.path);
    CHECK(reload_knows(key.path));
  }
  for (const char* table : {"dependency.timeout", "health.interval", "control.socket"})
    CHECK(reload_knows(table));
  CHECK_FALSE(reload_knows("healthy"));
}

TEST_CASE("an equal configuration changes nothing", "[reload]") {
  CHECK(changes(example(), example()).empty());
  CHECK(said(example(), example()) == "nothing has changed");
}

TEST_CASE("limits, checks and the log change now, the service when it starts, the rest never",
          "[reload]") {
  const Config running = example();
  Config fresh = running;
  fresh.shutdown.timeout = Millis{5'000};
  fresh.health[0].interval = Millis{1'000};
  fresh.log.level = LogLevel::debug;
  fresh.service.environment["A"] = "b";
  fresh.control.socket = "/run/u.sock";
  CHECK(said(running, fresh) ==
        "in force now: health, shutdown, log.level; at the next start of the service: "
        "service.environment; only in a new container: control");

  Config now = running;
  take(now, fresh, Effect::now);
  CHECK(now.shutdown == fresh.shutdown);
  CHECK(now.health == fresh.health);
  CHECK(now.log.level == LogLevel::debug);
  CHECK(now.service == running.service);
  CHECK(now.control == running.control);
  take(now, fresh, Effect::next_start);
  CHECK(now.service == fresh.service);
  CHECK(said(now, fresh) == "only in a new container: control");
}

TEST_CASE("a health check for another line waits for the next start", "[reload]") {
  const Config running = example();
  Config fresh = running;
  fresh.health.push_back({.name = "line", .probe = LineProbe{.on_stdout = true, .pattern = "up"}});
  CHECK(said(running, fresh) == "at the next start of the service: health");
  Config now = running;
  take(now, fresh, Effect::now);
  CHECK(now.health == running.health);
  take(now, fresh, Effect::next_start);
  CHECK(now.health == fresh.health);
  fresh.health[1].interval = Millis{1};
  CHECK(said(now, fresh) == "in force now: health");
}

TEST_CASE("what is not taken stays where it is", "[reload]") {
  Config running = example();
  running.dependencies.resize(1);
  const DependencyConfig* looked_at = &running.dependencies[0];
  Config fresh = running;
  fresh.dependencies.resize(2);
  fresh.startup.retries = 9;
  take(running, fresh, Effect::now);
  take(running, fresh, Effect::next_start);
  CHECK(&running.dependencies[0] == looked_at);
  CHECK(running.startup.retries == 9);
}
