// A world without processes and without time: it does what the supervisor asks, and offers the
// facts that could come next. Tests choose among them.
#pragma once

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "init/lifecycle/supervisor.h"
#include "tests/catch.h"

namespace usher {

enum class Move {
  exits_zero,
  exits_three,
  dies_of_stop_signal,
  dies_of_kill,
  becomes_ready,
  stop_signal,
  other_signal,
  limit_passes,
  step_passes,
  life_passes,
  children_end,
  hooks_go_well,
  hooks_fail,
  output_is_out,
  checks_fail,
  checks_pass,
  unhealthy_exit,
  unhealthy_restart,
  asked_restart,
  dependencies_fail,
  dependencies_there,
};

inline Config with_readiness(unsigned retries = 3) {
  Config config;
  config.readiness.probes.push_back(LineProbe{true, false, false, "ready", false});
  config.startup.retries = retries;
  return config;
}

struct FakeWorld : Host {
  explicit FakeWorld(Config c = {}) : config(std::move(c)), supervisor(*this, config) {
    if (config.shutdown.signals.empty()) config.shutdown.signals = {SIGTERM, SIGINT};
  }

  Config config;
  Supervisor supervisor;

  // What there is.
  bool service_alive = false, service_has_kill = false;
  bool children_left = false, children_have_kill = false;
  bool leaves_children = false;  // each spawned service leaves some behind
  std::optional<SpawnFailure> next_spawn;
  bool starts_late = false;  // spawn() leaves open whether the program executes
  std::optional<HookPoint> hooks_running;
  bool has_hooks = false;
  bool flushing = false;
  bool waits_long = false, waiting = false;  // for dependencies
  std::optional<Millis> limit, step, life;

  // What was asked for.
  std::vector<Transition> transitions;
  std::vector<int> sent;          // to the service
  std::vector<int> drained;       // to what it left
  unsigned spawns = 0, kills = 0, spawns_after_stop = 0, in_a_row = 0, most_in_a_row = 0;
  bool gave_up = false, gave_up_for_nothing = false, called_after_end = false, illegal = false;
  std::optional<Verdict> verdict;

  void asked() { called_after_end |= verdict.has_value(); }
  bool empty() const { return !service_alive && !children_left; }

  void wait_for_dependencies() override {
    asked();
    waiting = waits_long;
    if (!waiting) supervisor.post(Event::satisfied);
  }
  void run_hooks(HookPoint point) override {
    asked();
    if (has_hooks)
      hooks_running = point;
    else
      supervisor.post(Event::hooks_over);
  }
  std::optional<SpawnFailure> spawn() override {
    asked();
    ++spawns;
    most_in_a_row = std::max(most_in_a_row, ++in_a_row);
    spawns_after_stop += supervisor.life().stop ? 1u : 0u;
    gave_up = false;
    if (next_spawn) return next_spawn;
    service_alive = true;
    service_has_kill = false;
    children_left |= leaves_children;
    return std::nullopt;
  }
  bool started_late() const override { return starts_late; }
  void announce() override {
    asked();
    in_a_row = 0;
  }
  void signal_service(int signo) override {
    asked();
    if (service_alive) sent.push_back(signo);
  }
  bool drain(int signo, StopRound) override {
    asked();
    if (empty()) return true;
    if (signo != 0) drained.push_back(signo);
    return false;
  }
  bool kill_all() override {
    asked();
    ++kills;
    service_has_kill = service_alive;
    children_have_kill = children_left;
    return empty();
  }
  void give_up() override {
    asked();
    gave_up = true;
    gave_up_for_nothing |= empty();
  }
  void flush_output() override {
    asked();
    flushing = true;
  }
  void arm(TimerId id, std::optional<Millis> after) override {
    asked();
    (id == TimerId::limit ? limit : id == TimerId::step ? step : life) = after;
  }
  double draw() override { return 0.5; }
  void report(const Transition& t) override {
    asked();
    transitions.push_back(t);
    illegal |= t.act == Act::illegal;
  }
  void finish(const Verdict& v) override {
    asked();
    verdict = v;
  }

  std::vector<Move> possible() const {
    std::vector<Move> moves;
    if (verdict) return moves;
    if (service_alive) {
      moves.insert(moves.end(), {Move::exits_zero, Move::exits_three});
      if (!sent.empty()) moves.push_back(Move::dies_of_stop_signal);
      if (service_has_kill) moves.push_back(Move::dies_of_kill);
      if (supervisor.state() == State::starting && config.readiness.configured())
        moves.push_back(Move::becomes_ready);
      moves.push_back(Move::other_signal);
    }
    moves.push_back(Move::stop_signal);
    if (limit) moves.push_back(Move::limit_passes);
    if (step) moves.push_back(Move::step_passes);
    if (life) moves.push_back(Move::life_passes);
    if (children_left) moves.push_back(Move::children_end);
    if (hooks_running) moves.insert(moves.end(), {Move::hooks_go_well, Move::hooks_fail});
    if (flushing) moves.push_back(Move::output_is_out);
    const State state = supervisor.state();
    if (state == State::ready) moves.push_back(Move::checks_fail);
    if (state == State::unhealthy)
      moves.insert(moves.end(), {Move::checks_pass, Move::unhealthy_exit, Move::unhealthy_restart});
    if (state == State::ready || state == State::starting || state == State::backoff)
      moves.push_back(Move::asked_restart);
    if (state == State::waiting && waiting)
      moves.insert(moves.end(), {Move::dependencies_fail, Move::dependencies_there});
    return moves;
  }

  void end_service(ServiceExit exit) {
    service_alive = service_has_kill = false;
    supervisor.gone(exit, Millis{0});
    supervisor.children_changed();
  }

  void make(Move move) {
    switch (move) {
      case Move::exits_zero: return end_service({0, 0});
      case Move::exits_three: return end_service({3, 0});
      case Move::dies_of_stop_signal: return end_service({0, sent.back()});
      case Move::dies_of_kill: return end_service({0, SIGKILL});
      case Move::becomes_ready: return supervisor.post(Event::became_ready);
      case Move::stop_signal: return supervisor.signal(SIGTERM);
      case Move::other_signal: return supervisor.signal(SIGUSR1);
      case Move::limit_passes: limit.reset(); return supervisor.post(Event::limit);
      case Move::step_passes: step.reset(); return supervisor.post(Event::step);
      case Move::life_passes: life.reset(); return supervisor.life_over();
      case Move::children_end:
        children_left = children_have_kill = false;
        return supervisor.children_changed();
      case Move::hooks_go_well: hooks_running.reset(); return supervisor.post(Event::hooks_over);
      case Move::hooks_fail: hooks_running.reset(); return supervisor.post(Event::hooks_failed);
      case Move::output_is_out: flushing = false; return supervisor.flushed();
      case Move::checks_fail: return supervisor.post(Event::failing);
      case Move::checks_pass: return supervisor.post(Event::recovered);
      case Move::unhealthy_exit: return supervisor.stop(StopCause::unhealthy);
      case Move::unhealthy_restart: supervisor.restart(RestartCause::unhealthy); return;
      case Move::asked_restart:
        in_a_row = 0;  // a person may ask as often as they like
        supervisor.restart(RestartCause::command);
        return;
      case Move::dependencies_fail: waiting = false; return supervisor.dependency_failed(false);
      case Move::dependencies_there: waiting = false; return supervisor.post(Event::satisfied);
    }
  }
};

}  // namespace usher
