// How long the reader of our output is waited for at the end.
#pragma once

#include <chrono>
#include <cstdint>

namespace usher {

class StallTimeout {
 public:
  using Micros = std::chrono::microseconds;  // on a clock that only goes forward

  static constexpr Micros kLimit{5'000'000};
  // Of a container that was frozen meanwhile the clock says little: so many looks belong to it.
  static constexpr unsigned kLooks = 100;

  void begin(std::uint64_t moved, Micros now) {
    moved_ = moved;
    since_ = now;
    looks_ = 0;
  }
  // A look at how much has been moved in all. Whether it has stood still for long enough, by the
  // clock: looks come late on a busy machine.
  bool over(std::uint64_t moved, Micros now) {
    if (moved != moved_) begin(moved, now);
    return ++looks_ > kLooks && now - since_ >= kLimit;
  }

 private:
  std::uint64_t moved_ = 0;
  Micros since_{0};
  unsigned looks_ = 0;
};

}  // namespace usher
