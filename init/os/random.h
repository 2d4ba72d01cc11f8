// Numbers that nobody has to be able to guess or repeat, for jitter.
#pragma once

#include <sys/random.h>

#include <cstdint>

namespace usher {

// Even over [0, 1). Never waits: 0 while the kernel has no randomness yet.
inline double random_fraction() noexcept {
  std::uint32_t bits = 0;
  static_cast<void>(::getrandom(&bits, sizeof bits, GRND_NONBLOCK));
  return bits / 4294967296.0;
}

}  // namespace usher
