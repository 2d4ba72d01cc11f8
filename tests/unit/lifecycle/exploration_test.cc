// Every sequence of facts to a depth, and long random ones beyond it: what must hold in all, of what
// is done and of what people are told.
#include <functional>
#include <random>

#include "init/app/status.h"
#include "tests/unit/lifecycle/fake_world.h"

using namespace usher;

namespace {

// The states answer hooks that belong to a state that was left: a stop cancels pre_start hooks.
void drop_stale(FakeWorld& world) {
  const State state = world.supervisor.state();
  const bool wanted = state == State::preparing || state == State::pre_stop || state == State::post_stop;
  if (!wanted) world.hooks_running.reset();
  if (state != State::flushing) world.flushing = false;
}

std::string check(const FakeWorld& world) {
  if (world.illegal) return "an illegal pair of state and fact";
  if (world.called_after_end) return "a call after the end";
  if (world.most_in_a_row > std::max(1u, world.config.startup.retries)) return "too many attempts";
  if (world.spawns_after_stop > 0) return "a start after a stop was asked for";
  if (world.gave_up_for_nothing) return "given up though no process was left";
  if (world.verdict && !world.empty() && !world.gave_up) return "an exit while a process lives";
  if (world.verdict && (world.verdict->code < 0 || world.verdict->code > 255)) return "no exit code";
  if (!world.verdict && world.possible().size() == 1 && world.supervisor.state() != State::ready &&
      world.supervisor.state() != State::starting && !world.service_alive)
    return "nothing but a stop can happen: a state without a way out";
  return "";
}

// What people are told of the fake world, whose starts print "addr-1", "addr-2" ...
Status told_of(const FakeWorld& world) {
  const Supervisor& supervisor = world.supervisor;
  Facts facts{supervisor.state(), supervisor.life(), supervisor.verdict(), world.config};
  if (world.spawns > 0) {
    facts.attempt.emplace();
    facts.attempt->pid = world.service_alive ? 17 : -1;
    facts.attempt->ready_value = "addr-" + std::to_string(world.spawns);
  }
  CheckView check;
  check.name = "check";
  check.status = supervisor.state() == State::unhealthy ? CheckStatus::failing : CheckStatus::passing;
  facts.checks = {check};
  return status_of(facts);
}

// Where a life has got to, as those outside can tell. Who is unhealthy may be ready again, and after
// a backoff comes the next start; nothing else goes back.
std::pair<std::int64_t, int> progress(const Status& told, const Supervisor& supervisor) {
  const Life& life = supervisor.life();
  const bool last_stop = life.stop || life.hook_failed || life.dependency_failed;
  const auto step = [&] {
    switch (phase_of(supervisor.state())) {
      case Phase::waiting: return life.attempts_total == 0 ? 0 : 5;  // each start waits
      case Phase::starting: return supervisor.state() == State::preparing ? 5 : 1;
      case Phase::ready:
      case Phase::unhealthy: return 2;
      case Phase::stopping: return last_stop ? 8 : 3;
      case Phase::backoff: return 4;
      case Phase::exited: break;
    }
    return 9;
  };
  return {told.starts, step()};
}

// Sees all that the fake world's audience is told.
class Audience {
 public:
  std::string check(const FakeWorld& world) {
    const Status told = told_of(world);
    const bool up = told.state == "ready";
    if (told.healthy && (!up || !told.ready)) return "healthy and not ready";
    if (told.healthy && !world.service_alive && !pending_end(world)) return "a dead one is healthy";
    if (told.state == "exited" && (told.healthy || told.ready || told.alive)) return "well after the end";
    if (told.reason.empty()) return "no reason";
    if (!told.healthy && told.reason.starts_with("ready")) return "a reason that says all is well";
    if (told.reason == "it has ended" && world.service_alive) return "it has ended, and lives";
    if (!told.ready_value.empty() && told.ready_value != "addr-" + std::to_string(told.starts))
      return "the value of another start";
    if (!told.ready && !told.ready_value.empty()) return "a value of who is not ready";
    if (told.state == "backoff" && (told.ready || told.started)) return "a start that is over";
    if (told.starts < last_.starts || told.restarts < last_.restarts) return "a count goes back";
    const auto here = progress(told, world.supervisor);
    if (here < progress_) return "from " + last_.state + " back to " + told.state;
    progress_ = here;
    last_ = told;
    return "";
  }

 private:
  // The fake world says that the service is gone before the supervisor hears of it.
  static bool pending_end(const FakeWorld& world) { return world.supervisor.life().exit.has_value(); }

  Status last_;
  std::pair<std::int64_t, int> progress_{0, 0};
};

// The worst world there is: nobody reacts to anything, only time passes.
std::string stop_ends_it(FakeWorld& world, Audience& audience) {
  world.make(Move::stop_signal);
  for (int i = 0; i < 12 && !world.verdict; ++i) {
    if (auto problem = audience.check(world); !problem.empty()) return problem;
    drop_stale(world);
    if (world.hooks_running)
      world.make(Move::hooks_fail);  // hooks have their own limit
    else if (world.flushing)
      world.make(Move::output_is_out);  // and so has this
    else if (world.limit)
      world.make(Move::limit_passes);
    else
      return "a stop without a limit";
  }
  if (!world.verdict) return "a stop that does not end";
  if (auto problem = audience.check(world); !problem.empty()) return problem;
  return check(world);
}

using Build = std::function<void(FakeWorld&)>;

std::string replay(const Config& config, const Build& build, const std::vector<int>& choices,
                   std::size_t& width) {
  FakeWorld world(config);
  Audience audience;
  build(world);
  world.supervisor.start();
  for (const int choice : choices) {
    drop_stale(world);
    const auto moves = world.possible();
    world.make(moves[static_cast<std::size_t>(choice)]);
    if (auto problem = check(world); !problem.empty()) return problem;
    if (auto problem = audience.check(world); !problem.empty()) return problem;
  }
  drop_stale(world);
  width = world.possible().size();
  return world.verdict ? "" : stop_ends_it(world, audience);
}

// Depth first, by playing each sequence from its beginning.
std::string explore(const Config& config, const Build& build, std::size_t depth,
                    std::vector<int>& choices, std::size_t& played) {
  std::size_t width = 0;
  ++played;
  if (auto problem = replay(config, build, choices, width); !problem.empty()) return problem;
  if (choices.size() == depth) return "";
  for (std::size_t i = 0; i < width; ++i) {
    choices.push_back(static_cast<int>(i));
    auto problem = explore(config, build, depth, choices, played);
    if (!problem.empty()) return problem;
    choices.pop_back();
  }
  return "";
}

Config with_everything() {
  Config config;
  config.readiness.probes.push_back(LineProbe{true, false, false, "ready", false});
  config.startup.retries = 2;
  config.restart.policy = RestartPolicy::on_failure;
  config.restart.max = 1;
  config.shutdown.delay = Millis{100};
  config.shutdown.sequence = {{SIGTERM, Millis{500}}, {SIGINT, Millis{0}}};
  config.lifecycle.timeout = Millis{60'000};
  return config;
}

struct Setting {
  std::string name;
  Config config;
  Build build;
};

std::vector<Setting> settings() {
  Config kill = with_everything();
  kill.shutdown.stragglers = Stragglers::kill;
  SpawnFailure refused;
  return {
      {"defaults", Config{}, [](FakeWorld&) {}},
      {"defaults, children left", Config{}, [](FakeWorld& w) { w.leaves_children = true; }},
      {"everything on", with_everything(),
       [](FakeWorld& w) { w.has_hooks = w.leaves_children = w.waits_long = true; }},
      {"children killed at once", kill, [](FakeWorld& w) { w.leaves_children = true; }},
      {"starts refused", with_everything(), [refused](FakeWorld& w) { w.next_spawn = refused; }},
  };
}

}  // namespace

TEST_CASE("what must hold holds in every sequence of facts", "[lifecycle][explore]") {
  for (const Setting& setting : settings()) {
    std::vector<int> choices;
    std::size_t played = 0;
    const std::string problem = explore(setting.config, setting.build, 6, choices, played);
    CAPTURE(setting.name, choices, played);
    CHECK(problem == "");
  }
}

TEST_CASE("what must hold holds in long random lives", "[lifecycle][explore]") {
  std::mt19937 random(20261124);
  for (const Setting& setting : settings()) {
    for (int life = 0; life < 400; ++life) {
      FakeWorld world(setting.config);
      Audience audience;
      setting.build(world);
      world.supervisor.start();
      std::string problem;
      for (int i = 0; i < 120 && !world.verdict && problem.empty(); ++i) {
        drop_stale(world);
        const auto moves = world.possible();
        world.make(moves[random() % moves.size()]);
        problem = check(world);
        if (problem.empty()) problem = audience.check(world);
      }
      if (problem.empty() && !world.verdict) problem = stop_ends_it(world, audience);
      CAPTURE(setting.name, life);
      REQUIRE(problem == "");
    }
  }
}
