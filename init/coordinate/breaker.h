// Keeps a server that is away from costing more than one attempt for each pause.
#pragma once

#include <cstdint>
#include <string_view>

#include "init/config/config.h"

namespace usher {

// Knows no clock: whoever makes the attempts waits for the pauses.
class Breaker {
 public:
  enum class State : std::uint8_t {
    closed,     // the last attempt succeeded, or none was made yet
    open,       // it failed: no attempt until the pause is over
    half_open,  // the pause is over: the next attempt decides
  };
  // Whoever has started a server again waits for what it is to hold.
  static constexpr BackoffConfig default_backoff() {
    return {.initial = Millis{250}, .factor = 2.0, .max = Millis{1'000}, .jitter = 0.2};
  }

  explicit Breaker(const BackoffConfig& backoff = default_backoff()) : backoff_(backoff) {}

  State state() const noexcept { return now_; }
  bool lets_through() const noexcept { return now_ != State::open; }
  // Attempts that failed, in a row.
  unsigned failures() const noexcept { return failures_; }

  // An attempt has failed. Returns the pause before the next one; `draw` is even over [0, 1).
  Millis failed(double draw);
  void pause_over() noexcept {
    if (now_ == State::open) now_ = State::half_open;
  }
  void succeeded() noexcept {
    now_ = State::closed;
    failures_ = 0;
  }

 private:
  BackoffConfig backoff_;
  State now_ = State::closed;
  unsigned failures_ = 0;
};

std::string_view to_string(Breaker::State state);

}  // namespace usher
