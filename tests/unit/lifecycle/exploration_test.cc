// Every sequence of facts to a depth, and long random ones beyond it: what must hold in all.
#include <functional>
#include <random>

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

// The worst world there is: nobody reacts to anything, only time passes.
std::string stop_ends_it(FakeWorld& world) {
  world.make(Move::stop_signal);
  for (int i = 0; i < 12 && !world.verdict; ++i) {
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
  return check(world);
}

using Build = std::function<void(FakeWorld&)>;

std::string replay(const Config& config, const Build& build, const std::vector<int>& choices,
                   std::size_t& width) {
  FakeWorld world(config);
  build(world);
  world.supervisor.start();
  for (const int choice : choices) {
    drop_stale(world);
    const auto moves = world.possible();
    world.make(moves[static_cast<std::size_t>(choice)]);
    if (auto problem = check(world); !problem.empty()) return problem;
  }
  drop_stale(world);
  width = world.possible().size();
  return world.verdict ? "" : stop_ends_it(world);
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
      setting.build(world);
      world.supervisor.start();
      std::string problem;
      for (int i = 0; i < 120 && !world.verdict && problem.empty(); ++i) {
        drop_stale(world);
        const auto moves = world.possible();
        world.make(moves[random() % moves.size()]);
        problem = check(world);
      }
      if (problem.empty() && !world.verdict) problem = stop_ends_it(world);
      CAPTURE(setting.name, life);
      REQUIRE(problem == "");
    }
  }
}
