#include "init/os/confine.h"

#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace usher {
namespace {

constexpr unsigned kNobody = 65534;
constexpr time_t kMostSeconds = 10;

#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr unsigned kArchitecture = 0;
#endif

// To read, write and wait, to have memory and the time, and to end.
constexpr unsigned kCalls[] = {
    SYS_read,          SYS_write,         SYS_recvfrom, SYS_recvmsg,       SYS_sendto,        SYS_sendmsg,
    SYS_ppoll,         SYS_close,         SYS_brk,      SYS_mmap,          SYS_munmap,        SYS_mremap,
    SYS_madvise,       SYS_clock_gettime, SYS_gettimeofday, SYS_getrandom, SYS_setitimer,     SYS_rt_sigreturn,
    SYS_futex,         SYS_exit,          SYS_exit_group,   SYS_restart_syscall,
#ifdef SYS_poll
    SYS_poll,          SYS_time,
#endif
};

// Another call is refused, as if we had no right to it: what a library tries is no reason to end.
void allow_few_calls() noexcept {
  if (kArchitecture == 0) return;
  constexpr std::size_t kCount = std::size(kCalls);
  sock_filter program[kCount + 6] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 0, static_cast<std::uint8_t>(kCount + 1)),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
  };
  for (std::size_t i = 0; i < kCount; ++i)
    program[3 + i] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kCalls[i], static_cast<std::uint8_t>(kCount - i), 0);
  program[3 + kCount] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  program[4 + kCount] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const sock_fprog all{static_cast<unsigned short>(kCount + 5), program};
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all, 0, 0);
}

void limit(decltype(RLIMIT_CORE) what, rlim_t most) noexcept {
  const rlimit value{most, most};
  ::setrlimit(what, &value);
}

void drop_user() noexcept {
  if (::geteuid() == 0) {
    // In a user namespace there may be no such user; capabilities go in any case.
    static_cast<void>(::setgroups(0, nullptr) == 0);
    static_cast<void>(::setresgid(kNobody, kNobody, kNobody) == 0);
    static_cast<void>(::setresuid(kNobody, kNobody, kNobody) == 0);
  }
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2] = {};
  ::syscall(SYS_capset, &head, none);
}

}  // namespace

void end_with_parent() noexcept { ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }

void limit_work() noexcept {
  const itimerval most{{0, 0}, {kMostSeconds, 0}};
  ::setitimer(ITIMER_PROF, &most, nullptr);
}

void confine() noexcept {
  sigset_t work_is_over;
  ::sigemptyset(&work_is_over);
  ::sigaddset(&work_is_over, SIGPROF);
  ::sigprocmask(SIG_UNBLOCK, &work_is_over, nullptr);
  limit_work();
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NPROC, 0);
#ifndef __SANITIZE_ADDRESS__
  limit(RLIMIT_AS, rlim_t{256} << 20);
#endif
  drop_user();
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  allow_few_calls();
  end_with_parent();  // another user forgets it
}

}  // namespace usher
