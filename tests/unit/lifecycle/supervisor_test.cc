#include "tests/unit/lifecycle/fake_world.h"

using namespace usher;

TEST_CASE("without readiness a service is ready when it runs, and its end is ours", "[supervisor]") {
  FakeWorld world;
  world.supervisor.start();
  CHECK(world.supervisor.state() == State::ready);
  world.make(Move::exits_three);
  world.make(Move::output_is_out);
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == 3);
  CHECK(world.verdict->reason == Reason::exited);
  CHECK(world.spawns == 1);
}

TEST_CASE("a stop before the first start means no start", "[supervisor]") {
  FakeWorld world;
  world.supervisor.signal(SIGTERM);
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == 128 + SIGTERM);
  CHECK(world.verdict->reason == Reason::stopped_before_start);
  CHECK(world.spawns == 0);
}

TEST_CASE("a service deaf to SIGTERM is killed at its limit", "[supervisor]") {
  FakeWorld world;
  world.supervisor.start();
  world.make(Move::stop_signal);
  CHECK(world.sent == std::vector{SIGTERM});
  CHECK(world.limit == Config{}.shutdown.timeout);
  world.make(Move::limit_passes);
  CHECK(world.kills == 1);
  world.make(Move::dies_of_kill);
  world.make(Move::output_is_out);
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == 137);
  CHECK(world.verdict->reason == Reason::killed);
}

TEST_CASE("a second stop signal is forwarded and does not extend the limit", "[supervisor]") {
  FakeWorld world;
  world.supervisor.start();
  world.make(Move::stop_signal);
  world.limit = Millis{1};  // most of it has passed
  world.supervisor.signal(SIGINT);
  CHECK(world.sent == std::vector{SIGTERM, SIGINT});
  CHECK(world.limit == Millis{1});
}

TEST_CASE("the steps of a stop sequence follow their pauses", "[supervisor]") {
  Config config;
  config.shutdown.sequence = {{SIGQUIT, Millis{5'000}}, {SIGTERM, Millis{2'000}}, {SIGINT, Millis{0}}};
  FakeWorld world(config);
  world.supervisor.start();
  world.make(Move::stop_signal);
  CHECK(world.sent == std::vector{SIGQUIT});
  CHECK(world.step == Millis{5'000});
  world.make(Move::step_passes);
  CHECK(world.step == Millis{2'000});
  world.make(Move::step_passes);
  CHECK(world.sent == std::vector{SIGQUIT, SIGTERM, SIGINT});
  CHECK_FALSE(world.step);
}

TEST_CASE("what the service left gets the stop signal, then time, then SIGKILL", "[supervisor]") {
  FakeWorld world;
  world.leaves_children = true;
  world.supervisor.start();
  world.make(Move::exits_three);
  CHECK(world.supervisor.state() == State::draining);
  REQUIRE_FALSE(world.drained.empty());
  CHECK(world.drained.front() == SIGTERM);
  world.make(Move::limit_passes);
  CHECK(world.kills == 1);
  world.make(Move::children_end);
  world.make(Move::output_is_out);
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == 3);  // its own, not 137: it was not the one that was killed
}

TEST_CASE("a stop after the service has ended by itself does not change what its end means", "[supervisor]") {
  Config config;
  config.exit.on_stop = OnStop::zero_if_ready;
  FakeWorld world(config);
  world.leaves_children = true;
  world.supervisor.start();
  world.make(Move::exits_three);
  REQUIRE(world.supervisor.state() == State::draining);
  world.make(Move::stop_signal);
  world.make(Move::children_end);
  world.make(Move::output_is_out);
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == 3);
  CHECK(world.verdict->reason == Reason::exited);
}

TEST_CASE("a process that survives SIGKILL is left behind in the end", "[supervisor]") {
  FakeWorld world;
  world.supervisor.start();
  for (const Move move : {Move::stop_signal, Move::limit_passes, Move::step_passes, Move::limit_passes})
    world.make(move);
  CHECK(world.gave_up);
  world.make(Move::output_is_out);
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == 137);
  CHECK(world.supervisor.life().unkillable);
}

TEST_CASE("a job that ends with 0 before its condition held was ready, and is over", "[supervisor]") {
  Config config = with_readiness();
  config.service.type = ServiceType::job;
  FakeWorld world(config);
  world.supervisor.start();
  world.make(Move::exits_three);
  world.make(Move::output_is_out);
  CHECK(world.supervisor.state() == State::backoff);
  world.make(Move::limit_passes);
  world.make(Move::exits_zero);
  world.make(Move::output_is_out);
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == 0);
  CHECK(world.verdict->reason == Reason::exited);
  CHECK(world.supervisor.life().ever_ready);
}

TEST_CASE("an attempt that is not ready in time is stopped like a service", "[supervisor]") {
  FakeWorld world(with_readiness(1));
  world.supervisor.start();
  CHECK(world.limit == Millis{300'000});
  world.make(Move::limit_passes);
  CHECK(world.sent == std::vector{SIGTERM});
  CHECK(world.limit == Config{}.shutdown.timeout);
  world.make(Move::dies_of_stop_signal);
  world.make(Move::output_is_out);
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == exit_code::kNotReady);
}

TEST_CASE("a signal that comes before the service waits for it", "[supervisor]") {
  FakeWorld world(with_readiness());
  world.supervisor.signal(SIGUSR1);
  world.supervisor.signal(SIGUSR2);
  world.supervisor.start();
  CHECK(world.sent.empty());
  world.make(Move::becomes_ready);
  CHECK(world.sent == std::vector{SIGUSR1, SIGUSR2});
}

TEST_CASE("SIGHUP is for a running service and a stop before there is one", "[supervisor]") {
  FakeWorld running;
  running.supervisor.start();
  running.supervisor.signal(SIGHUP);
  CHECK(running.sent == std::vector{SIGHUP});
  CHECK(running.supervisor.state() == State::ready);

  FakeWorld waiting;
  waiting.supervisor.signal(SIGHUP);
  REQUIRE(waiting.verdict);
  CHECK(waiting.verdict->code == 128 + SIGHUP);
}

TEST_CASE("a signal that is only passed on asks for nothing", "[supervisor]") {
  FakeWorld world;
  world.waits_long = true;
  world.supervisor.start();
  world.supervisor.pass_on(SIGINT);
  CHECK(world.supervisor.state() == State::waiting);
  world.supervisor.post(Event::satisfied);
  CHECK(world.sent.empty());
  world.config.shutdown.rewrite[SIGTERM] = SIGQUIT;
  world.supervisor.pass_on(SIGINT);
  world.supervisor.pass_on(SIGTERM);
  CHECK(world.sent == std::vector{SIGINT, SIGQUIT});
  CHECK(world.supervisor.state() == State::ready);
}

TEST_CASE("a dropped signal does nothing, a rewritten one is another", "[supervisor]") {
  Config config;
  config.shutdown.rewrite = {{SIGHUP, 0}, {SIGTERM, SIGQUIT}};
  FakeWorld world(config);
  world.supervisor.start();
  world.supervisor.signal(SIGHUP);
  CHECK(world.sent.empty());
  world.make(Move::stop_signal);
  CHECK(world.sent == std::vector{SIGQUIT});
}

TEST_CASE("a delayed stop lets the service be for a while, unless asked twice", "[supervisor]") {
  Config config;
  config.shutdown.delay = Millis{5'000};
  FakeWorld world(config);
  world.supervisor.start();
  world.make(Move::stop_signal);
  CHECK(world.supervisor.state() == State::delaying);
  CHECK(world.sent.empty());
  CHECK(world.step == Millis{5'000});
  world.make(Move::stop_signal);
  CHECK(world.sent == std::vector{SIGTERM});
}

TEST_CASE("the end of the whole life is a stop with a code of its own", "[supervisor]") {
  Config config;
  config.lifecycle.timeout = Millis{60'000};
  FakeWorld world(config);
  world.supervisor.start();
  REQUIRE(world.life == Millis{60'000});
  world.make(Move::life_passes);
  CHECK(world.sent == std::vector{SIGTERM});
  world.make(Move::dies_of_stop_signal);
  world.make(Move::output_is_out);
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == exit_code::kLifetime);
}

TEST_CASE("a pre_start hook that fails is the end", "[supervisor]") {
  FakeWorld world;
  world.has_hooks = true;
  world.supervisor.start();
  world.make(Move::hooks_fail);
  world.make(Move::output_is_out);
  CHECK(world.spawns == 0);
  CHECK(world.hooks_running == HookPoint::post_stop);
  world.make(Move::hooks_go_well);
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == exit_code::kHook);
}

TEST_CASE("an unhealthy service is ready again when its checks pass again", "[supervisor]") {
  FakeWorld world;
  world.supervisor.start();
  world.make(Move::checks_fail);
  CHECK(world.supervisor.state() == State::unhealthy);
  CHECK(world.sent.empty());
  world.make(Move::checks_pass);
  CHECK(world.supervisor.state() == State::ready);
  CHECK(world.spawns == 1);
}

TEST_CASE("a stop for want of health is polite and has its own code", "[supervisor]") {
  FakeWorld world;
  world.supervisor.start();
  world.make(Move::checks_fail);
  world.make(Move::unhealthy_exit);
  CHECK(world.sent == std::vector{SIGTERM});
  world.make(Move::exits_zero);
  world.make(Move::output_is_out);
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == 95);
  CHECK(world.verdict->reason == Reason::unhealthy);
}

TEST_CASE("a dependency that can never be there is a mistake in the configuration", "[supervisor]") {
  const auto [misconfigured, code] = GENERATE(table<bool, int>({{true, 91}, {false, 92}}));
  FakeWorld world;
  world.waits_long = true;
  world.supervisor.start();
  world.supervisor.dependency_failed(misconfigured);
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == code);
  CHECK(world.spawns == 0);
}

TEST_CASE("a stop while the service starts skips the delay, which is for who sends it traffic",
          "[supervisor]") {
  Config config = with_readiness();
  config.shutdown.delay = Millis{100};
  FakeWorld world(config);
  world.supervisor.start();
  REQUIRE(world.supervisor.state() == State::starting);
  world.make(Move::stop_signal);
  CHECK(world.supervisor.state() == State::stopping);
  CHECK(world.sent == std::vector{SIGTERM});
}

TEST_CASE("all states of one stop share one limit", "[supervisor]") {
  Config config;
  config.shutdown.delay = Millis{100};
  FakeWorld world(config);
  world.has_hooks = world.leaves_children = true;
  world.supervisor.start();
  world.make(Move::hooks_go_well);
  world.make(Move::stop_signal);
  REQUIRE(world.supervisor.state() == State::delaying);
  CHECK(world.limit == config.shutdown.timeout);
  world.limit = Millis{7};  // what is left of it
  world.make(Move::step_passes);
  REQUIRE(world.supervisor.state() == State::pre_stop);
  CHECK(world.limit == Millis{7});
  world.make(Move::hooks_go_well);
  REQUIRE(world.supervisor.state() == State::stopping);
  CHECK(world.limit == Millis{7});
  world.make(Move::dies_of_stop_signal);
  REQUIRE(world.supervisor.state() == State::draining);
  CHECK(world.limit == Millis{7});
}

TEST_CASE("a service whose program cannot be reached yet is ready when it executes", "[supervisor]") {
  FakeWorld world;
  world.starts_late = true;
  world.supervisor.start();
  CHECK(world.supervisor.state() == State::starting);
  SECTION("and it does") {
    world.supervisor.executing();
    CHECK(world.supervisor.state() == State::ready);
  }
  SECTION("or never will, which is the failure of its start") {
    world.service_alive = false;
    world.supervisor.never_ran({SpawnFailure::Kind::cannot_execute});
    world.supervisor.flushed();
    REQUIRE(world.verdict);
    CHECK(world.verdict->code == 126);
    CHECK(world.verdict->reason == Reason::exec_failed);
  }
  SECTION("a stop does not wait for it, and it is not ready any more") {
    world.supervisor.signal(SIGTERM);
    CHECK(world.supervisor.state() == State::stopping);
    CHECK(world.sent == std::vector{SIGTERM});
    world.supervisor.executing();
    CHECK(world.supervisor.state() == State::stopping);
    world.service_alive = false;
    world.supervisor.never_ran({SpawnFailure::Kind::not_found});
    world.supervisor.flushed();
    REQUIRE(world.verdict);
    CHECK(world.verdict->reason == Reason::stopped_before_start);
  }
}

TEST_CASE("a condition, not the start, makes one ready that has a condition", "[supervisor]") {
  FakeWorld world(with_readiness());
  world.starts_late = true;
  world.supervisor.start();
  world.supervisor.executing();
  CHECK(world.supervisor.state() == State::starting);
}
