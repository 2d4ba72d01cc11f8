// The App's state as people outside are told of it.
#include <algorithm>

#include "init/app/control.h"
#include "init/app/world.h"
#include "init/base/signal_name.h"
#include "init/base/utc.h"
#include "init/os/clock.h"
#include "probes/make_probe.h"

namespace usher {
namespace {

std::string named(const std::string& name, const std::string& text) {
  return text.empty() ? name : name + ": " + text;
}

std::string stop_text(const Life& life) {
  if (!life.stop)
    return life.restart == RestartCause::command     ? "a restart was asked for"
           : life.restart == RestartCause::unhealthy ? "it is restarted, being unhealthy"
                                                     : "it has ended";
  if (life.stop->cause == StopCause::signal) return signal_name(life.stop->signo) + " has come";
  if (life.stop->cause == StopCause::command) return "usher stop was called";
  return life.stop->cause == StopCause::lifetime ? "lifecycle.timeout has passed"
                                                 : "it was unhealthy";
}

}  // namespace

Snapshot App::Control::snapshot() {
  const Life& life = app_.supervisor_.life();
  const State state = app_.supervisor_.state();
  const PhaseClock& phases = app_.report_.phases;
  const auto now = monotonic_now();
  Snapshot s;
  s.service = app_.config_.service.name;
  s.instance = app_.report_.instance;
  s.state = to_string(phase_of(state));
  s.in_state = std::chrono::duration_cast<Millis>(now - phases.phase_since());
  s.since = utc_text(std::chrono::system_clock::now() - s.in_state);
  s.uptime = std::chrono::duration_cast<Millis>(now - phases.begun());
  s.ready = is_up(state);
  s.attempt = life.attempt;
  s.starts = life.attempts_total;
  s.restarts = life.restarts_total;
  s.pid = std::max<pid_t>(app_.pid(), 0);
  s.status_text = app_.notified_status();
  if (s.ready) s.ready_value = app_.report_.ready_value;
  add_checks(s);
  add_dependencies(s);
  add_alerts(s);
  s.healthy = state == State::ready &&
              std::all_of(s.checks.begin(), s.checks.end(),
                          [](const auto& check) { return check.status == CheckStatus::passing; });
  s.reason = reason(s);
  return s;
}

void App::Control::add_checks(Snapshot& s) const {
  if (!app_.world_ || !app_.world_->health) {
    for (const HealthConfig& config : app_.config_.health) {
      CheckView view;
      view.name = config.name;
      view.kind = kind_of(config.probe);
      view.target = target_of(config.probe);
      s.checks.push_back(std::move(view));
    }
    return;
  }
  for (const HealthLoop::Check* check : app_.world_->health->checks()) {
    CheckView view;
    view.name = check->config.name;
    view.kind = kind_of(check->config.probe);
    view.target = check->target;
    view.status = check->state.status();
    view.failures = check->state.failures_in_row();
    view.reason = check->last.reason;
    if (check->last_at.count() != 0) {
      view.latency = check->last.latency;
      view.age = std::chrono::duration_cast<Millis>(monotonic_now() - check->last_at);
    }
    s.checks.push_back(std::move(view));
  }
}

void App::Control::add_dependencies(Snapshot& s) const {
  const bool waits = app_.world_ && app_.world_->dependencies;
  const auto states = waits ? app_.world_->dependencies->states() : app_.dependency_states_;
  for (const Dependencies::State& state : states)
    s.dependencies.push_back({state.name, state.target, state.satisfied, state.reason});
}

void App::Control::add_alerts(Snapshot& s) const {
  if (!app_.world_ || !app_.world_->alerts) return;
  const Alerts& alerts = app_.world_->alerts->alerts();
  for (std::size_t i = 0; i < kAlertKinds; ++i) {
    const auto kind = static_cast<AlertKind>(i);
    if (!alerts.active(kind)) continue;
    const auto lasts = std::chrono::duration_cast<Millis>(monotonic_now() - alerts.since(kind));
    s.alerts.push_back({std::string(to_string(kind)), std::string(setting_of(kind)),
                        alerts.seen(kind), lasts});
  }
}

std::string App::Control::reason(const Snapshot& s) const {
  const Life& life = app_.supervisor_.life();
  if (s.state == "waiting")
    for (const DependencyView& one : s.dependencies)
      if (!one.satisfied) return named(one.name, one.reason);
  if (app_.supervisor_.state() == State::preparing) return "its pre_start hooks run";
  if (s.state == "starting" && app_.world_) return app_.missing_for_ready();
  if (s.state == "ready" || s.state == "unhealthy") {
    const auto bad = s.state == "ready" ? CheckStatus::unknown : CheckStatus::failing;
    for (const CheckView& check : s.checks)
      if (check.status == bad) return named(check.name, check.reason);
    return s.checks.empty() ? "ready"
                            : "ready, " + std::to_string(s.checks.size()) +
                                  (s.checks.size() == 1 ? " check passes" : " checks pass");
  }
  if (s.state == "backoff") return "attempt " + std::to_string(life.attempts_total) + " has failed";
  if (s.state == "stopping") return stop_text(life);
  const Verdict& verdict = app_.supervisor_.verdict();
  return std::string(to_string(verdict.reason)) + ", exit code " + std::to_string(verdict.code);
}

}  // namespace usher
