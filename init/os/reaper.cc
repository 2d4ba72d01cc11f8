#include "init/os/reaper.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <cerrno>

namespace usher {
namespace {

std::int64_t microseconds(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec;
}

}  // namespace

Reaper::Left Reaper::reap(Listener& listener, unsigned at_most) {
  for (unsigned i = 0; i < at_most; ++i) {
    int status = 0;
    rusage usage;
    const pid_t pid = ::wait4(-1, &status, WNOHANG, &usage);
    if (pid <= 0) return pid < 0 && errno == ECHILD ? Left::none : Left::some;
    Ended ended;
    ended.pid = pid;
    if (WIFSIGNALED(status))
      ended.signal = WTERMSIG(status);
    else
      ended.code = WEXITSTATUS(status);
    ended.user_us = microseconds(usage.ru_utime);
    ended.system_us = microseconds(usage.ru_stime);
    ended.max_rss_kib = usage.ru_maxrss;
    listener.reaped(ended);
  }
  return Left::more_to_reap;
}

bool Reaper::has_children() noexcept {
  siginfo_t info;
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

int Reaper::stopped_by(pid_t child) noexcept {
  siginfo_t info;
  info.si_pid = 0;
  const int options = WSTOPPED | WNOHANG | WNOWAIT;
  if (::waitid(P_PID, static_cast<id_t>(child), &info, options) != 0 || info.si_pid == 0) return 0;
  return info.si_status;
}

}  // namespace usher
