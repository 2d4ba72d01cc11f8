// How long something took, counted by classes.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace usher {

struct DurationHistogram {
  // Seconds; a check on the own machine takes below a millisecond, a slow one up to its timeout.
  static constexpr std::array<double, 9> kBounds{0.0005, 0.001, 0.005, 0.01, 0.05,
                                                 0.1,    0.5,   1,     5};
  std::array<std::uint64_t, kBounds.size() + 1> counts{};
  double sum = 0;

  void add(std::chrono::microseconds took) {
    const double seconds = std::chrono::duration<double>(took).count();
    std::size_t index = 0;
    while (index < kBounds.size() && seconds > kBounds[index]) ++index;
    ++counts[index];
    sum += seconds;
  }
};

}  // namespace usher
