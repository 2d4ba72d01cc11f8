// Writes the time of its first instruction to the file it is given, prints "ready", and ends. No C library: what it
// would do before main() is not the init's doing.
#include <asm/unistd.h>

static long call(long number, long a, long b, long c) {
  long result;
#if defined(__x86_64__)
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  result = x0;
#else
#error "add the system call of this machine"
#endif
  return result;
}

__attribute__((used)) static void begin(long* stack) {
  struct { long seconds, nanoseconds; } now;
  call(__NR_clock_gettime, 1, (long)&now, 0);
  char** argv = (char**)(stack + 1);
  if (stack[0] > 1) {
#ifdef __NR_open
    const long fd = call(__NR_open, (long)argv[1], 1, 0);
#else
    const long fd = call(__NR_openat, -100, (long)argv[1], 1);
#endif
    const long value = now.seconds * 1000000000 + now.nanoseconds;
    call(__NR_write, fd, (long)&value, sizeof value);
    call(__NR_write, 1, (long)"ready\n", 6);
  }
  call(__NR_exit_group, 0, 0, 0);
  for (;;) {
  }
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n mov %rsp, %rdi\n and $-16, %rsp\n call begin\n");
#else
__asm__(".globl _start\n_start:\n mov x0, sp\n bl begin\n");
#endif
