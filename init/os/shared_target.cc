#include "init/os/shared_target.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "init/os/terminal.h"

namespace usher {

SharedTarget::SharedTarget(int fd) noexcept : fd_(fd) {
  struct stat info;
  int ends[2];
  if (::fstat(fd, &info) != 0) return;
  if (S_ISREG(info.st_mode) || S_ISCHR(info.st_mode)) way_ = Way::direct;
  if (S_ISSOCK(info.st_mode)) way_ = Way::socket;
  if (S_ISFIFO(info.st_mode) && ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0) {
    pipe_read_ = Fd(ends[0]);
    pipe_write_ = Fd(ends[1]);
    way_ = Way::pipe;
  }
  if (::isatty(fd) != 1) return;
  own_ = reopen(fd, O_WRONLY | O_NONBLOCK);
  if (own_)
    fd_ = own_.get();
  else
    way_ = Way::careful;
}

ssize_t SharedTarget::put(std::string_view bytes) noexcept {
  switch (way_) {
    case Way::pipe: return put_through_pipe(bytes);
    case Way::socket: return ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    case Way::direct: return ::write(fd_, bytes.data(), bytes.size());
    case Way::careful: break;
  }
  return put_page(bytes);
}

ssize_t SharedTarget::put_through_pipe(std::string_view bytes) noexcept {
  if (held_ == 0) {
    const ssize_t held = ::write(pipe_write_.get(), bytes.data(), bytes.size());
    if (held < 0) return held;
    held_ = static_cast<std::size_t>(held);
  }
  const ssize_t moved = ::splice(pipe_read_.get(), nullptr, fd_, nullptr, held_, SPLICE_F_NONBLOCK);
  if (moved > 0) held_ -= static_cast<std::size_t>(moved);
  if (moved >= 0 || errno == EAGAIN || errno == EPIPE || errno == EINTR || errno == EBADF) return moved;
  way_ = Way::careful;  // a kernel without splice(), or one that refuses it: the caller has the bytes yet
  return put_page(bytes);
}

ssize_t SharedTarget::put_page(std::string_view bytes) const noexcept {
  pollfd room{fd_, POLLOUT, 0};
  if (::poll(&room, 1, 0) == 0) {
    errno = EAGAIN;
    return -1;
  }
  return ::write(fd_, bytes.data(), bytes.size() < PIPE_BUF ? bytes.size() : PIPE_BUF);
}

}  // namespace usher
