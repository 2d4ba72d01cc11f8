#include "init/config/doubts.h"

#include "tests/catch.h"

using namespace usher;
using Texts = std::vector<std::string>;

TEST_CASE("a command that leaves the foreground is doubted", "[config][doubts]") {
  const auto [command, argument] = GENERATE(table<Argv, std::string>({
      {Argv{"redis-server", "--daemonize", "yes"}, "--daemonize"},
      {Argv{"redis-server", "--daemonize", "no"}, ""},
      {Argv{"mongod", "--dbpath", "/d", "--fork"}, "--fork"},
      {Argv{"x", "--daemon=true"}, "--daemon=true"},
      {Argv{"x", "--daemon=off"}, ""},
      {Argv{"x", "--daemonic"}, ""},
      {Argv{"x", "--", "--daemon"}, ""},
      {Argv{"/usr/bin/pg_ctl", "-D", "/d", "start"}, "start"},
      {Argv{"/etc/init.d/cron", "start"}, "start"},
      {Argv{"npm", "start"}, ""},
      {Argv{}, ""},
  }));
  Config config;
  config.service.command = command;
  const Texts doubts = doubts_about(config);
  REQUIRE(doubts.size() == (argument.empty() ? 0 : 1));
  if (argument.empty()) return;
  CHECK_THAT(doubts[0], has_text("service.command: \"" + argument + "\" sends it into the background"));
  config.readiness.pid_file = "/run/x.pid";
  CHECK(doubts_about(config).empty());
  config.readiness.pid_file.clear();
  config.readiness.probes.emplace_back(NotifyProbe{});
  CHECK(doubts_about(config).empty());
}

TEST_CASE("a check that cannot fail any more is doubted", "[config][doubts]") {
  Config config;
  config.readiness.probes.emplace_back(LineProbe{.on_stdout = true, .pattern = "up"});
  CHECK(doubts_about(config).empty());
  const auto [probe, doubted] = GENERATE(table<ProbeConfig, bool>({
      {LineProbe{.on_stdout = true, .pattern = "up"}, true},
      {LineProbe{.on_stdout = true, .pattern = "up", .max_silence = Millis{1}}, false},
      {NotifyProbe{.fd = 3}, true},
      {NotifyProbe{}, false},
  }));
  config.health.push_back({.name = "line", .probe = probe});
  const Texts doubts = doubts_about(config);
  REQUIRE(doubts.size() == (doubted ? 1 : 0));
  if (doubted) CHECK_THAT(doubts[0], has_text("health \"line\": ") && has_text("cannot fail any more"));
  config.health[0].level = CheckLevel::watch;  // and so no health
  CHECK(doubts_about(config).empty());
}
