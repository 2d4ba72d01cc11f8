// What is known now, put together for status_of().
#include <algorithm>

#include "init/app/app.h"
#include "init/app/status.h"
#include "init/app/world.h"
#include "init/os/clock.h"
#include "probes/make_probe.h"

namespace usher {
namespace {

CheckView view_of(const HealthConfig& config) {
  CheckView view;
  view.name = config.name;
  view.kind = kind_of(config.probe);
  view.target = target_of(config.probe);
  return view;
}

CheckView view_of(const HealthLoop::Check& check) {
  CheckView view;
  view.name = check.config.name;
  view.kind = kind_of(check.config.probe);
  view.target = check.target;
  view.status = check.state.status();
  view.failures = check.state.failures_in_row();
  view.reason = check.last.reason;
  if (check.last_at.count() != 0) {
    view.latency = check.last.latency;
    view.age = std::chrono::duration_cast<Millis>(monotonic_now() - check.last_at);
  }
  return view;
}

}  // namespace

Status App::status() const {
  Facts facts{supervisor_.state(), supervisor_.life(), supervisor_.verdict(), config_};
  facts.instance = report_.instance;
  facts.attempt = attempt_view();
  if (world_ && world_->health)
    for (const HealthLoop::Check* check : world_->health->checks())
      facts.checks.push_back(view_of(*check));
  else
    for (const HealthConfig& config : config_.health) facts.checks.push_back(view_of(config));
  const bool waits = world_ && world_->dependencies;
  for (const Dependencies::State& one : waits ? world_->dependencies->states() : dependency_states_)
    facts.dependencies.push_back({one.name, one.target, one.satisfied, one.reason});
  facts.alerts = active_alerts();
  facts.now = monotonic_now();
  facts.begun = report_.phases.begun();
  facts.in_phase_since = report_.phases.phase_since();
  facts.wall_clock = std::chrono::system_clock::now();
  return status_of(facts);
}

std::optional<AttemptView> App::attempt_view() const {
  AttemptView view;
  view.pid = pid();
  view.ready_value = ready_value_;
  view.says = notified_status();
  view.missing = supervisor_.state() == State::starting && world_ ? missing_for_ready() : missing_;
  return view;
}

std::vector<AlertView> App::active_alerts() const {
  std::vector<AlertView> active;
  if (!world_ || !world_->alerts) return active;
  const Alerts& alerts = world_->alerts->alerts();
  for (std::size_t i = 0; i < kAlertKinds; ++i) {
    const auto kind = static_cast<AlertKind>(i);
    if (!alerts.active(kind)) continue;
    const auto lasts = std::chrono::duration_cast<Millis>(monotonic_now() - alerts.since(kind));
    active.push_back({std::string(to_string(kind)), std::string(setting_of(kind)),
                      alerts.seen(kind), lasts});
  }
  return active;
}

}  // namespace usher
