#include "init/os/writer_watch.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>

namespace usher {

// An epoll of our own, because libuv would make the open file non-blocking, which the service shares.
bool WriterWatch::open(int watched) {
  epoll_.reset();
  struct stat info {};
  if (::fstat(watched, &info) != 0) return false;
  const bool socket = S_ISSOCK(info.st_mode);
  if (!S_ISFIFO(info.st_mode) && !socket) return false;
  // Who only shuts its side of a socket down has ended what it writes, too. A pipe has no such half.
  pollfd now{watched, static_cast<short>(socket ? POLLRDHUP : 0), 0};
  if (::poll(&now, 1, 0) != 0) return false;
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{};
  event.events = socket ? EPOLLRDHUP : 0U;
  if (!epoll || ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, watched, &event) != 0) return false;
  epoll_ = std::move(epoll);
  return true;
}

}  // namespace usher
