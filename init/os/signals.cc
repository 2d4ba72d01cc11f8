#include "init/os/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

namespace usher {
namespace {

struct AbortAnswer {
  void (*kill)() = nullptr;
  void (*say)(int error) = nullptr;
  int code = 0;
};
AbortAnswer abort_answer;

void leave(int) { ::_exit(abort_answer.code); }

void handle(int signo, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_NODEFER;
  ::sigaction(signo, &action, nullptr);
}

void answer(int) {
  constexpr unsigned kSeconds = 2;
  const int error = errno;
  abort_answer.kill();
  handle(SIGABRT, leave);
  handle(SIGALRM, leave);
  sigset_t too_long;
  ::sigemptyset(&too_long);
  ::sigaddset(&too_long, SIGALRM);
  ::pthread_sigmask(SIG_UNBLOCK, &too_long, nullptr);
  ::alarm(kSeconds);
  abort_answer.say(error);
  leave(SIGABRT);
}

}  // namespace

InheritedSignals take_over_signals() noexcept {
  InheritedSignals inherited;
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &inherited.mask);
  struct sigaction child{};
  if (::sigaction(SIGCHLD, nullptr, &child) == 0 && child.sa_handler == SIG_IGN) {
    inherited.child_was_ignored = true;
    struct sigaction by_default{};
    by_default.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &by_default, nullptr);
  }
  return inherited;
}

bool is_ignored(int signo) noexcept {
  struct sigaction now{};
  return ::sigaction(signo, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

void answer_aborts(void (*kill)(), void (*say)(int error), int code) noexcept {
  if (is_ignored(SIGABRT)) return;
  abort_answer = {kill, say, code};
  handle(SIGABRT, answer);
}

void drop_pending(int signo) noexcept {
  sigset_t one;
  ::sigemptyset(&one);
  ::sigaddset(&one, signo);
  const timespec at_once{};
  ::sigtimedwait(&one, nullptr, &at_once);
}

bool signal_waits() noexcept {
  sigset_t waiting;
  if (::sigpending(&waiting) != 0) return false;
  ::sigdelset(&waiting, SIGCHLD);
  ::sigdelset(&waiting, SIGPIPE);  // of our own writes
  return ::sigisemptyset(&waiting) == 0;
}

int SignalDescriptor::open() noexcept {
  sigset_t all;
  ::sigfillset(&all);
  fd_ = Fd(::signalfd(-1, &all, SFD_NONBLOCK | SFD_CLOEXEC));
  return fd_ ? 0 : errno;
}

bool SignalDescriptor::next(ReceivedSignal& received) noexcept {
  signalfd_siginfo info;
  while (::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    const auto sender = static_cast<pid_t>(info.ssi_pid);
    // A write to a pipe that nobody reads, or beyond the limit of a file's size, raises its signal
    // in our own name.
    const bool of_a_write = info.ssi_signo == SIGPIPE || info.ssi_signo == SIGXFSZ;
    if (of_a_write && sender == ::getpid()) continue;
    received = {static_cast<int>(info.ssi_signo), info.ssi_code <= 0 ? sender : 0};
    return true;
  }
  return false;
}

}  // namespace usher
