#include "init/net/stream.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace usher {

Stream::Stream(Loop& loop, Fd connection, Received received, Ended ended)
    : connection_(std::move(connection)),
      poll_(loop, connection_.get()),
      received_(std::move(received)),
      ended_(std::move(ended)) {
  watch();
}

void Stream::send(std::string_view bytes) {
  unsent_ += bytes;
  write_some();
  watch();
}

void Stream::watch() {
  poll_.start(unsent_.empty() ? UV_READABLE : UV_READABLE | UV_WRITABLE, [this] { on_event(); });
}

void Stream::write_some() {
  while (!unsent_.empty()) {
    const ssize_t put = ::send(connection_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) return;
    if (put < 0) return unsent_.clear();
    unsent_.erase(0, static_cast<std::size_t>(put));
  }
}

// One read a turn: a server that floods us holds up nobody else.
void Stream::on_event() {
  if (!unsent_.empty()) {
    write_some();
    watch();
  }
  char bytes[16 * 1024];
  const ssize_t got = ::recv(connection_.get(), bytes, sizeof bytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return watch();
  if (got > 0) {
    if (!poll_.active()) watch();
    const auto received = received_;
    return received(std::string_view(bytes, static_cast<std::size_t>(got)));
  }
  const std::string how = got == 0 ? "the connection was closed" : ::strerror(errno);
  poll_.stop();
  const auto ended = ended_;
  ended(how);
}

}  // namespace usher
