// Signals come to us through one descriptor: all of them are blocked from the first instruction
// on, so that none is lost, and none runs code of ours at a time of its own choosing.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include "init/os/fd.h"

namespace usher {

// The signal mask and dispositions that usher was started with: those of every process it starts.
// We change no disposition but SIGCHLD's, and that only where it was ignored.
struct InheritedSignals {
  sigset_t mask{};
  bool child_was_ignored = false;
};

// Blocks every signal. The first call of the program. An ignored SIGCHLD is given its default
// meaning, since the kernel would otherwise reap our children and forget their status.
InheritedSignals take_over_signals() noexcept;

// Whether whoever started us has asked for the signal to be ignored, as `nohup` does, and a shell for
// what it starts with `&`: the service inherits that, and so do we.
bool is_ignored(int signo) noexcept;

// What abort() comes to from here on: libuv calls it where the kernel refuses it something, and its signal
// does not end PID 1. `kill` comes first and allocates nothing; then `say`, with errno as whoever gave up
// has left it. We end with `code` where that returns, takes too long, or aborts in turn, as it may where
// the heap is broken. Where SIGABRT was ignored when we were started it stays so.
void answer_aborts(void (*kill)(), void (*say)(int error), int code) noexcept;

// Takes a signal that waits for this process, if it does, so that no descriptor brings it any more.
void drop_pending(int signo) noexcept;

// Whether any waits but those of children's ends. For work that may wait, where signals may not.
bool signal_waits() noexcept;

struct ReceivedSignal {
  int signo = 0;
  pid_t sender = 0;  // 0: the kernel, the terminal, or a process outside our PID namespace
};

class SignalDescriptor {
 public:
  // Returns 0 or errno.
  [[nodiscard]] int open() noexcept;
  int fd() const noexcept { return fd_.get(); }
  // The next signal that waits, if any. Leaves out the SIGPIPE and SIGXFSZ of our own writes.
  bool next(ReceivedSignal& received) noexcept;

 private:
  Fd fd_;
};

}  // namespace usher
