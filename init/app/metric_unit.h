// The unit of time in metrics.
#pragma once

#include <chrono>

namespace usher {

inline double seconds(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace usher
