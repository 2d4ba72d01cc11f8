// What a life went through, in order. Bounded: of a long life the beginning and the end are kept.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "init/lifecycle/lifecycle.h"
#include "init/lifecycle/policy.h"

namespace usher {

// One stay in one state, in time since the start of usher.
struct Stretch {
  State state = State::waiting;
  bool service_ended = false;  // and that is what ended the stay
  ServiceExit exit;
  std::chrono::microseconds begin{0}, end{0};
};

class StateHistory {
 public:
  using Micros = std::chrono::microseconds;

  // Stays shorter than this are passed over, unless the service ended in them.
  static constexpr Micros kShortest{100};
  static constexpr std::size_t kFirst = 16, kLatest = 16;

  void enter(State state, Micros at);
  void service_ended(ServiceExit exit);

  // Stays that were once here and gave way to later ones.
  std::size_t left_out() const { return count_ > kFirst + kLatest ? count_ - kFirst - kLatest : 0; }

  // Those that are over.
  template <typename Visit>
  void visit(Visit&& each) const {
    for (std::size_t i = 0; i < count_; ++i)
      if (i < kFirst || i >= kFirst + left_out()) each(kept_[slot(i)]);
  }

 private:
  static constexpr std::size_t slot(std::size_t index) {
    return index < kFirst ? index : kFirst + (index - kFirst) % kLatest;
  }

  std::array<Stretch, kFirst + kLatest> kept_{};
  Stretch present_;
  std::size_t count_ = 0;
};

}  // namespace usher
