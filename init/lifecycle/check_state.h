// What the results of one health check mean. Pure: results come in, a status comes out.
#pragma once

#include <cstdint>
#include <string_view>

#include "init/config/config.h"

namespace usher {

enum class CheckStatus : std::uint8_t {
  unknown,  // not known yet, which is not healthy
  passing,
  failing,
};
std::string_view to_string(CheckStatus) noexcept;

std::string_view to_string(CheckLevel) noexcept;
// As configured; else a check that only says so is watched, and the others keep work away.
CheckLevel level_of(const HealthConfig&) noexcept;

class CheckState {
 public:
  // Takes one result. `since_ready`: how long the service has been ready, for the start_period.
  // Returns whether the status is another one now.
  bool take(const HealthConfig& config, bool passed, Millis since_ready);

  CheckStatus status() const noexcept { return status_; }
  bool has_passed() const noexcept { return has_passed_; }
  unsigned consecutive_failures() const noexcept { return failures_; }
  // How long the service had been ready when the present row of failures began.
  Millis stable_for() const noexcept { return stable_for_; }

 private:
  CheckStatus status_ = CheckStatus::unknown;
  unsigned failures_ = 0, successes_ = 0;  // in a row
  Millis stable_for_{0};
  bool has_passed_ = false;
};

}  // namespace usher
