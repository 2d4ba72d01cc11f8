// A system call that leaves errno alone: it returns what the kernel does, a negative number being the
// error. For a child that shares our memory while we run on: errno is ours.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <concepts>

namespace usher {

// Whether raw_call() is what it says. Elsewhere a child needs a copy of our memory.
#if (defined(__x86_64__) && !defined(__ILP32__)) || defined(__aarch64__)
inline constexpr bool kRawCalls = true;
#else
inline constexpr bool kRawCalls = false;
#endif

inline long raw_call_words(long number, long a, long b, long c, long d, long e) noexcept {
#if defined(__x86_64__) && !defined(__ILP32__)
  register long fourth asm("r10") = d;
  register long fifth asm("r8") = e;
  long result;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth)
               : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long call asm("x8") = number;
  register long first asm("x0") = a;
  register long second asm("x1") = b;
  register long third asm("x2") = c;
  register long fourth asm("x3") = d;
  register long fifth asm("x4") = e;
  asm volatile("svc #0"
               : "+r"(first)
               : "r"(call), "r"(second), "r"(third), "r"(fourth), "r"(fifth)
               : "memory");
  return first;
#else
  const long result = ::syscall(number, a, b, c, d, e);
  return result == -1 ? -errno : result;
#endif
}

template <std::integral T>
long word(T value) noexcept {
  return static_cast<long>(value);
}
template <typename T>
long word(T* pointer) noexcept {
  return reinterpret_cast<long>(pointer);
}
inline long word(decltype(nullptr)) noexcept { return 0; }

// Numbers and pointers, at most five.
template <typename... Arguments>
long raw_call(long number, Arguments... arguments) noexcept {
  const long words[5] = {word(arguments)...};
  return raw_call_words(number, words[0], words[1], words[2], words[3], words[4]);
}

}  // namespace usher
