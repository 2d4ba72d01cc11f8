// Terminals: whose the foreground is, and one of our own where the service's output is read but
// has to go on being a terminal to the service.
#pragma once

#include <sys/types.h>
#include <termios.h>

#include "init/os/fd.h"

namespace usher {

// 0 (stdin) where it is our controlling terminal and we are its foreground; -1 otherwise. Only
// what is ours can be handed on.
int foreground_terminal() noexcept;

// Makes a group the foreground one. SIGTTOU is blocked, so this works from the background too.
void give_foreground(int terminal, pid_t group) noexcept;

// Lets go of our controlling terminal, so that another session can have it. Where we lead ours, the
// kernel sends the foreground group SIGHUP and SIGCONT for it, in our own name.
void let_go_of_terminal() noexcept;

struct Pty {
  Fd master, slave;
  int error = 0;
};
// A pseudo-terminal with the size and modes of `like`; its master is non-blocking.
Pty open_pty(int like);

void copy_window_size(int from, int to) noexcept;

// The modes of a terminal, put back at the end. Raw, so that what is typed goes on as it is.
class RawMode {
 public:
  explicit RawMode(int terminal) noexcept;
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;
  ~RawMode();

 private:
  int terminal_;
  bool changed_ = false;
  termios before_{};
};

// Whether what is written there may have colours: a terminal that can show them, and nobody who wants none
// (NO_COLOR, TERM=dumb).
bool takes_colours(int fd) noexcept;

// As wide as it is now; 0: nobody knows.
unsigned terminal_columns(int fd) noexcept;

// Opens the terminal behind `fd` once more, with flags of its own.
Fd reopen(int fd, int flags) noexcept;

// Lets another user open what stands at 1 and 2 by its name (/dev/stdout), as the container
// engines do for the user that they know of. A terminal only as PID 1: elsewhere it is somebody's.
void give_outputs_to(uid_t uid) noexcept;

}  // namespace usher
