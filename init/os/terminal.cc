#include "init/os/terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

namespace usher {

bool takes_colours(int fd) noexcept {
  const char* const unwanted = ::getenv("NO_COLOR");
  const char* const kind = ::getenv("TERM");
  return ::isatty(fd) == 1 && (unwanted == nullptr || *unwanted == '\0') &&
         (kind == nullptr || std::string_view(kind) != "dumb");
}

unsigned terminal_columns(int fd) noexcept {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int foreground_terminal() noexcept {
  return ::tcgetpgrp(STDIN_FILENO) == ::getpgrp() ? STDIN_FILENO : -1;
}

void give_foreground(int terminal, pid_t group) noexcept {
  if (terminal >= 0) ::tcsetpgrp(terminal, group);
}

void let_go_of_terminal() noexcept { ::ioctl(STDIN_FILENO, TIOCNOTTY); }

Pty open_pty(int like) {
  Pty pty;
  pty.master = Fd(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (!pty.master) {
    pty.error = errno;
    return pty;
  }
  int unlock = 0;
  if (::ioctl(pty.master.get(), TIOCSPTLCK, &unlock) == 0)
    pty.slave = Fd(::ioctl(pty.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!pty.slave) {
    pty.error = errno;
    return pty;
  }
  termios modes;
  if (::tcgetattr(like, &modes) == 0) ::tcsetattr(pty.slave.get(), TCSANOW, &modes);
  copy_window_size(like, pty.master.get());
  return pty;
}

void copy_window_size(int from, int to) noexcept {
  winsize size;
  if (::ioctl(from, TIOCGWINSZ, &size) == 0) ::ioctl(to, TIOCSWINSZ, &size);
}

RawMode::RawMode(int terminal) noexcept : terminal_(terminal) {
  if (::tcgetattr(terminal_, &before_) != 0) return;
  termios raw = before_;
  ::cfmakeraw(&raw);
  changed_ = ::tcsetattr(terminal_, TCSANOW, &raw) == 0;
}

RawMode::~RawMode() {
  if (changed_) ::tcsetattr(terminal_, TCSANOW, &before_);
}

Fd reopen(int fd, int flags) noexcept {
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  return Fd(::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY));
}

void give_outputs_to(uid_t uid) noexcept {
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat info;
    if (::fstat(fd, &info) != 0 || info.st_uid == uid) continue;
    const bool terminal = S_ISCHR(info.st_mode) && ::getpid() == 1 && ::isatty(fd) == 1;
    if (S_ISFIFO(info.st_mode) || terminal)
      static_cast<void>(::fchown(fd, uid, static_cast<gid_t>(-1)) == 0);
  }
}

}  // namespace usher
