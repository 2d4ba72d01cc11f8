#include "init/app/health_loop.h"

#include <algorithm>
#include <utility>

#include "init/app/poller.h"
#include "init/os/clock.h"

namespace usher {

HealthLoop::HealthLoop(Loop& loop, const std::vector<HealthConfig>& config, const MakeProbe& make,
                       Changed changed)
    : make_(make), changed_(std::move(changed)) {
  for (const HealthConfig& each : config) {
    auto slot = std::make_unique<Slot>(loop);
    slot->check.config = each;
    slot->probe = make(slot->check.config.probe);
    slot->check.target = slot->probe->target();
    views_.push_back(&slot->check);
    slots_.push_back(std::move(slot));
  }
}

void HealthLoop::start() {
  running_ = true;
  ready_at_ = monotonic_now();
  for (const auto& slot : slots_) {
    slot->check.state = {};
    slot->check.last = {};
    slot->due_at = {};
    slot->pause = {};
    ask(*slot);
  }
}

void HealthLoop::stop() {
  if (!std::exchange(running_, false)) return;
  for (const auto& slot : slots_) {
    slot->next.cancel();
    // Destroying a probe is how a run is cancelled.
    slot->probe = make_(slot->check.config.probe);
  }
}

void HealthLoop::ask(Slot& slot) {
  slot.asked_at = monotonic_now();
  slot.probe->start(slot.check.config.timeout,
                    [this, &slot](ProbeResult result) { answered(slot, std::move(result)); });
}

void HealthLoop::answered(Slot& slot, ProbeResult result) {
  Check& check = slot.check;
  check.last = std::move(result);
  check.target = slot.probe->target();  // what readiness has found may be a part of it
  check.last_at = monotonic_now();
  check.took = check.last_at - slot.asked_at;
  check.durations.add(check.took);
  const bool passed = check.last.verdict == ProbeResult::Verdict::pass;
  ++(passed ? check.passed_runs : check.failed_runs);
  bool status_changed = false;
  if (passed || slot.asked_at >= slot.due_at) {
    const auto since = std::chrono::duration_cast<Millis>(check.last_at - ready_at_);
    status_changed = check.state.take(check.config, passed, since);
    slot.due_at = check.last_at + check.config.interval;
  }
  slot.next.start(pause_after(slot), [this, &slot] { ask(slot); });
  const Changed changed = changed_;  // may be the end of this object
  changed(check, status_changed);
}

Millis HealthLoop::pause_after(Slot& slot) const {
  const Millis interval = slot.check.config.interval;
  if (slot.check.state.has_passed()) return interval;
  slot.pause = std::min(Poller::next_pause(slot.pause, interval), interval);
  const auto due = std::chrono::ceil<Millis>(slot.due_at - slot.check.last_at);
  return std::min(slot.pause, std::max(due, Millis{1}));
}

bool HealthLoop::all_pass() const {
  return std::all_of(views_.begin(), views_.end(), [](const Check* check) {
    return check->state.status() == CheckStatus::passing;
  });
}

bool HealthLoop::any_fails() const {
  return std::any_of(views_.begin(), views_.end(), [](const Check* check) {
    return check->state.status() == CheckStatus::failing;
  });
}

bool HealthLoop::service_fails() const {
  return std::any_of(views_.begin(), views_.end(), [](const Check* check) {
    return level_of(check->config) != CheckLevel::watch && check->state.status() == CheckStatus::failing;
  });
}

void HealthLoop::take_over(const HealthLoop& before) {
  for (const auto& slot : slots_)
    for (const auto& old : before.slots_)
      if (old->check.config.name == slot->check.config.name) {
        slot->check.state = old->check.state;
        slot->check.last = old->check.last;
        slot->check.last_at = old->check.last_at;
        slot->check.passed_runs = old->check.passed_runs;
        slot->check.failed_runs = old->check.failed_runs;
        slot->check.durations = old->check.durations;
      }
  if (!before.running_) return;
  running_ = true;
  ready_at_ = before.ready_at_;
  for (const auto& slot : slots_) ask(*slot);
}

}  // namespace usher
