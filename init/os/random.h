// Numbers that nobody has to be able to guess or repeat, for jitter and names.
#pragma once

#include <sys/random.h>
#include <unistd.h>

#include <cstdint>

#include "init/os/clock.h"

namespace usher {

// Even over [0, 1). Never waits: 0 while the kernel has no randomness yet.
inline double random_fraction() noexcept {
  std::uint32_t bits = 0;
  if (::getrandom(&bits, sizeof bits, GRND_NONBLOCK) != sizeof bits) return 0;
  return bits / 4294967296.0;
}

// Not 0. While the kernel has no randomness yet, it is made of the time and of who we are.
inline std::uint64_t random_number() noexcept {
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, GRND_NONBLOCK) == sizeof bits && bits != 0) return bits;
  static std::uint64_t drawn = 0;
  bits = static_cast<std::uint64_t>(monotonic_now().count()) ^
         static_cast<std::uint64_t>(::getpid()) << 40 ^ ++drawn << 52;
  bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
  return (bits ^ bits >> 31) | 1;
}

}  // namespace usher
