// What follows an end: another attempt, a restart, or nothing.
#include "tests/unit/lifecycle/fake_world.h"

using namespace usher;

TEST_CASE("failed attempts are repeated after a pause, and counted", "[supervisor]") {
  FakeWorld world(with_readiness(3));
  world.supervisor.start();
  for (int attempt = 1; attempt <= 3; ++attempt) {
    CHECK(world.spawns == static_cast<unsigned>(attempt));
    world.make(Move::exits_three);
    world.make(Move::output_is_out);
    if (attempt < 3) {
      CHECK(world.supervisor.state() == State::backoff);
      world.make(Move::limit_passes);
    }
  }
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == 3);
  CHECK(world.supervisor.life().attempts_total == 3);
}

TEST_CASE("each attempt waits for what it depends on, and a wait uses up none", "[supervisor]") {
  FakeWorld world(with_readiness(2));
  world.waits_long = true;
  world.supervisor.start();
  world.make(Move::dependencies_there);
  world.make(Move::exits_three);
  world.make(Move::output_is_out);
  world.make(Move::limit_passes);
  REQUIRE(world.supervisor.state() == State::waiting);
  CHECK(world.waiting);
  CHECK(world.spawns == 1);
  world.make(Move::dependencies_there);
  CHECK(world.spawns == 2);
  CHECK(world.supervisor.life().attempt == 2);
}

TEST_CASE("a dependency that does not come back in time ends it all", "[supervisor]") {
  FakeWorld world(with_readiness());
  world.waits_long = true;
  world.supervisor.start();
  world.make(Move::dependencies_there);
  world.make(Move::exits_three);
  world.make(Move::output_is_out);
  world.make(Move::limit_passes);
  world.make(Move::dependencies_fail);
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == exit_code::kDependency);
}

TEST_CASE("a stop in backoff ends at once", "[supervisor]") {
  FakeWorld world(with_readiness(3));
  world.supervisor.start();
  world.make(Move::exits_three);
  world.make(Move::output_is_out);
  REQUIRE(world.supervisor.state() == State::backoff);
  world.supervisor.signal(SIGINT);
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == 128 + SIGINT);
}

TEST_CASE("a signal that comes between two attempts is for neither", "[supervisor]") {
  FakeWorld world(with_readiness());
  world.supervisor.start();
  world.make(Move::exits_three);
  world.make(Move::output_is_out);
  world.supervisor.signal(SIGUSR1);
  world.make(Move::limit_passes);
  world.make(Move::becomes_ready);
  CHECK(world.supervisor.state() == State::ready);
  CHECK(world.sent.empty());
}

TEST_CASE("a service that was ready is restarted by policy, a bounded number of times", "[supervisor]") {
  Config config;
  config.restart.policy = RestartPolicy::on_failure;
  config.restart.max = 2;
  FakeWorld world(config);
  world.supervisor.start();
  for (int i = 0; i < 2; ++i) {
    world.make(Move::exits_three);
    world.make(Move::output_is_out);
    REQUIRE(world.supervisor.state() == State::backoff);
    world.make(Move::limit_passes);
  }
  world.make(Move::exits_three);
  world.make(Move::output_is_out);
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == 3);
  CHECK(world.spawns == 3);
}

TEST_CASE("a service that stayed up begins its row of restarts anew", "[supervisor]") {
  Config config;
  config.restart.policy = RestartPolicy::always;
  config.restart.max = 1;
  FakeWorld world(config);
  world.supervisor.start();
  for (int i = 0; i < 5; ++i) {
    world.service_alive = false;
    world.supervisor.gone({1, 0}, config.restart.stable_after);
    world.make(Move::output_is_out);
    REQUIRE(world.supervisor.state() == State::backoff);
    world.make(Move::limit_passes);
  }
  CHECK(world.spawns == 6);
}

TEST_CASE("restarts for want of health are bounded and end with the code for it", "[supervisor]") {
  Config config;
  config.restart.max = 2;
  FakeWorld world(config);
  world.supervisor.start();
  for (unsigned i = 0; i <= config.restart.max; ++i) {
    REQUIRE_FALSE(world.verdict);
    world.make(Move::checks_fail);
    world.make(Move::unhealthy_restart);
    world.make(Move::exits_zero);
    world.make(Move::output_is_out);
    if (world.supervisor.state() == State::backoff) world.make(Move::limit_passes);
  }
  REQUIRE(world.verdict);
  CHECK(world.spawns == 3);
  CHECK(world.verdict->code == 95);
}

TEST_CASE("a restart that somebody asked for is immediate, whatever the policy", "[supervisor]") {
  FakeWorld world;
  world.supervisor.start();
  world.make(Move::asked_restart);
  CHECK(world.sent == std::vector{SIGTERM});
  world.make(Move::exits_three);
  world.make(Move::output_is_out);
  CHECK(world.supervisor.state() == State::backoff);
  CHECK(world.limit == Millis{0});
  world.make(Move::limit_passes);
  CHECK(world.supervisor.state() == State::ready);
  CHECK(world.spawns == 2);
}

TEST_CASE("a restart that somebody asked for has all attempts before it again", "[supervisor]") {
  FakeWorld world(with_readiness(2));
  world.supervisor.start();
  world.make(Move::exits_three);
  world.make(Move::output_is_out);
  world.make(Move::limit_passes);
  REQUIRE(world.spawns == 2);
  world.make(Move::asked_restart);
  world.make(Move::dies_of_stop_signal);
  world.make(Move::output_is_out);
  world.make(Move::limit_passes);
  REQUIRE(world.spawns == 3);
  world.make(Move::exits_three);
  world.make(Move::output_is_out);
  CHECK(world.supervisor.state() == State::backoff);
  world.make(Move::limit_passes);
  world.make(Move::exits_three);
  world.make(Move::output_is_out);
  REQUIRE(world.verdict);
  CHECK(world.spawns == 4);
}

TEST_CASE("a stop during a restart means no other start", "[supervisor]") {
  FakeWorld world;
  world.supervisor.start();
  world.make(Move::asked_restart);
  world.make(Move::stop_signal);
  world.make(Move::dies_of_stop_signal);
  world.make(Move::output_is_out);
  REQUIRE(world.verdict);
  CHECK(world.verdict->code == 143);
  CHECK(world.spawns == 1);
}

TEST_CASE("a restart is refused where nothing runs or is about to", "[supervisor]") {
  FakeWorld world;
  world.waits_long = true;
  world.supervisor.start();
  CHECK_FALSE(world.supervisor.restart(RestartCause::command));
  CHECK(world.supervisor.state() == State::waiting);
}
