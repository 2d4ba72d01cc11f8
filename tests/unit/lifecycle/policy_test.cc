#include "init/lifecycle/policy.h"

#include <csignal>

#include "tests/catch.h"

using namespace usher;

namespace {

Life ended(int code, int signal = 0) {
  Life life;
  life.attempt = life.attempts_total = 1;
  life.ever_ready = life.ready = true;
  life.exit = ServiceExit{code, signal};
  return life;
}

Life asked_to_stop(Life life, int signo = SIGTERM) {
  life.stop = StopRequest{StopCause::signal, signo};
  life.stop_was_first = true;
  return life;
}

Config with_readiness() {
  Config config;
  config.readiness.probes.push_back(LineProbe{true, false, false, "x", false});
  return config;
}

}  // namespace

TEST_CASE("the service's own code is ours", "[policy]") {
  for (int code = 0; code < 256; ++code) CHECK(judge(ended(code), {}).code == code);
  for (int signo = 1; signo <= 64; ++signo) CHECK(judge(ended(0, signo), {}).code == 128 + signo);
}

TEST_CASE("listed codes are remapped, others are not", "[policy]") {
  Config config;
  config.exit.remap = {{143, 0}, {3, 42}};
  CHECK(judge(ended(0, SIGTERM), config).code == 0);
  CHECK(judge(ended(143), config).code == 0);
  CHECK(judge(ended(3), config).code == 42);
  CHECK(judge(ended(4), config).code == 4);
}

TEST_CASE("what an asked-for stop means", "[policy]") {
  struct Case {
    OnStop on_stop;
    bool ready, result, forced;
    int code;
  };
  const auto [on_stop, ready, result, forced, code] = GENERATE(values<Case>({
      {OnStop::passthrough, true, true, false, 143},
      {OnStop::zero_if_ready, true, false, false, 0},
      {OnStop::zero_if_ready, false, false, false, 143},
      {OnStop::zero_if_ready, true, false, true, 137},
      {OnStop::zero_if_result, true, true, false, 0},
      {OnStop::zero_if_result, true, false, false, 143},
      {OnStop::zero_if_result, true, true, true, 137},
  }));
  Config config;
  config.exit.on_stop = on_stop;
  Life life = asked_to_stop(ended(0, forced ? SIGKILL : SIGTERM));
  life.ever_ready = ready;
  life.result_seen = result;
  life.forced = forced;
  CHECK(judge(life, config).code == code);
}

TEST_CASE("a death by SIGTERM that nobody asked for stays 143", "[policy]") {
  Config config;
  config.exit.on_stop = GENERATE(OnStop::zero_if_ready, OnStop::zero_if_result);
  Life life = ended(0, SIGTERM);
  life.result_seen = true;
  CHECK(judge(life, config).code == 143);
}

TEST_CASE("an end before ready is a failed attempt, whatever its code", "[policy]") {
  Config config = with_readiness();
  config.startup.retries = 2;
  Life life = ended(0);
  life.ready = life.ever_ready = false;
  CHECK(judge(life, config).again);
  life.attempt = 2;
  CHECK_FALSE(judge(life, config).again);
  CHECK(judge(life, config).code == exit_code::kEndedBeforeReady);
  life.exit = ServiceExit{7, 0};
  CHECK(judge(life, config).code == 7);
  life.ready_limit_passed = true;
  CHECK(judge(life, config).code == exit_code::kNotReady);
}

TEST_CASE("who refuses its own configuration is not started again", "[policy]") {
  Config config = with_readiness();
  const int code = GENERATE(2, 78);
  Life life = ended(code);
  life.ready = life.ever_ready = false;
  CHECK_FALSE(judge(life, config).again);
  CHECK(judge(life, config).code == code);
  life.exit = ServiceExit{0, SIGINT};
  CHECK(judge(life, config).again);  // a signal is no exit code
  life.exit = ServiceExit{code, 0};
  life.ready_limit_passed = true;  // its code is what our stop has made of it
  CHECK(judge(life, config).again);
  life.ready_limit_passed = false;
  config.startup.final_exit_codes = {3};
  CHECK(judge(life, config).again);
  life.ready = life.ever_ready = true;
  config.startup.final_exit_codes = {code};
  config.restart.policy = RestartPolicy::on_failure;
  CHECK(judge(life, config).again);  // only before it was ready
}

TEST_CASE("a job is done when its code is 0 in the end", "[policy]") {
  Config config;
  CHECK_FALSE(is_done(config, {0, 0}));
  config.service.type = ServiceType::job;
  config.exit.remap = {{3, 0}, {128 + SIGTERM, 0}};
  CHECK(is_done(config, {0, 0}));
  CHECK(is_done(config, {3, 0}));
  CHECK(is_done(config, {0, SIGTERM}));
  CHECK_FALSE(is_done(config, {1, 0}));
}

TEST_CASE("nothing is started again once a stop was asked for", "[policy]") {
  Config config = with_readiness();
  config.restart.policy = RestartPolicy::always;
  Life life = ended(1);
  life.ready = GENERATE(true, false);
  life.restart = GENERATE(RestartCause::none, RestartCause::command, RestartCause::unhealthy);
  life.stop = StopRequest{StopCause::signal, SIGTERM};
  life.stop_was_first = GENERATE(true, false);
  CHECK_FALSE(judge(life, config).again);
}

TEST_CASE("why there was no start decides the code", "[policy]") {
  Life life;
  life.attempt = 1;
  using Kind = SpawnFailure::Kind;
  const auto code = [&](Kind kind) {
    life.spawn_failure = SpawnFailure{kind};
    return judge(life, {}).code;
  };
  CHECK(code(Kind::not_found) == 127);
  CHECK(code(Kind::cannot_execute) == 126);
  CHECK(code(Kind::system) == 97);
  CHECK(code(Kind::config) == 91);
  CHECK_FALSE(judge(life, {}).again);
}

TEST_CASE("hooks of a stop leave some of it to the service", "[policy]") {
  const auto [given, left, share] = GENERATE(table<std::vector<int>, Millis, Millis>({
      {{0}, Millis{8'000}, Millis{4'000}},
      {{0, 0}, Millis{8'000}, Millis{4'000}},
      {{2'000}, Millis{8'000}, Millis{4'000}},         // its own limit ends it before
      {{6'000}, Millis{8'000}, Millis{6'000}},         // that much has been given to it
      {{2'000, 0, 4'000}, Millis{8'000}, Millis{6'000}},
      {{6'000}, Millis{6'000}, Millis{3'000}},         // the rest of the stop has become too short for it
      {{0}, Millis{0}, Millis{0}},
  }));
  std::vector<HookCommand> hooks;
  for (const int limit : given) hooks.push_back({{"a"}, Millis{limit != 0 ? limit : 30'000}, limit != 0});
  CHECK(share_of_pre_stop(hooks, left) == share);
}

TEST_CASE("post_stop has what is left, and half of the last words", "[policy]") {
  CHECK(share_of_post_stop(Millis{5'000}, Millis{2'000}) == Millis{6'000});
  CHECK(share_of_post_stop(Millis{-300}, Millis{2'000}) == Millis{1'000});
  CHECK(share_of_post_stop(Millis{0}, Millis{0}) == Millis{500});
}

TEST_CASE("the pause between attempts doubles up to its bound", "[policy]") {
  BackoffConfig config;
  config.jitter = 0.0;
  CHECK(backoff_delay(config, 1, 0.0) == Millis{1'000});
  CHECK(backoff_delay(config, 2, 0.0) == Millis{2'000});
  CHECK(backoff_delay(config, 5, 0.0) == Millis{16'000});
  CHECK(backoff_delay(config, 6, 0.0) == Millis{30'000});
  CHECK(backoff_delay(config, 4'000'000'000u, 0.0) == Millis{30'000});
}

TEST_CASE("jitter moves a pause within its share and never beyond the bound", "[policy]") {
  BackoffConfig config;
  for (unsigned attempt = 1; attempt < 10; ++attempt)
    for (double draw = 0.0; draw < 1.0; draw += 0.09) {
      BackoffConfig plain = config;
      plain.jitter = 0.0;
      const auto middle = static_cast<double>(backoff_delay(plain, attempt, 0).count());
      const auto moved = static_cast<double>(backoff_delay(config, attempt, draw).count());
      CHECK(moved >= middle * 0.8 - 1);
      CHECK(moved <= std::min(middle * 1.2 + 1, 30'000.0));
    }
}

TEST_CASE("which signals ask for a stop", "[policy]") {
  ShutdownConfig config;
  config.signals = {SIGTERM, SIGINT};
  CHECK(asks_for_stop(config, SIGTERM, true));
  CHECK_FALSE(asks_for_stop(config, SIGQUIT, true));  // a JVM prints its threads
  CHECK(asks_for_stop(config, SIGQUIT, false));
  CHECK_FALSE(asks_for_stop(config, SIGUSR1, false));
}
