#include "init/lifecycle/check_state.h"

#include <utility>

namespace usher {

bool CheckState::take(const HealthConfig& config, bool passed, Millis since_ready) {
  const CheckStatus before = status_;
  if (passed) {
    has_passed_ = true;
    failures_ = 0;
    ++successes_;
    if (successes_ >= config.success_threshold) status_ = CheckStatus::passing;
    return status_ != before;
  }
  successes_ = 0;
  // The first success ends the start period, as it does for a kubelet's startup probe.
  if (!has_passed_ && since_ready < config.start_period) return false;
  if (failures_ == 0) stable_for_ = since_ready;
  ++failures_;
  if (failures_ >= config.failure_threshold) status_ = CheckStatus::failing;
  return status_ != before;
}

std::string_view to_string(CheckLevel level) noexcept {
  switch (level) {
    case CheckLevel::alive: return "alive";
    case CheckLevel::ready: return "ready";
    case CheckLevel::watch: return "watch";
  }
  return "watch";
}

CheckLevel level_of(const HealthConfig& config) noexcept {
  const bool only_said = config.on_failure == OnFailure::alert;
  return config.level.value_or(only_said ? CheckLevel::watch : CheckLevel::ready);
}

std::string_view to_string(CheckStatus status) noexcept {
  switch (status) {
    case CheckStatus::unknown: return "unknown";
    case CheckStatus::passing: return "passing";
    case CheckStatus::failing: return "failing";
  }
  return "unknown";
}

}  // namespace usher
