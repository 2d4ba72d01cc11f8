// The clock that all limits are measured on: nobody can set it.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace usher {

inline std::chrono::microseconds monotonic_now() noexcept {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::chrono::microseconds(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000);
}

}  // namespace usher
