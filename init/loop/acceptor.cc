#include "init/loop/acceptor.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace usher {
namespace {

constexpr int kAcceptAtMost = 8;
constexpr std::chrono::milliseconds kPause{500};

// Nobody waits, or who waited has gone again.
bool goes_on(int error) { return error == EAGAIN || error == EINTR || error == ECONNABORTED; }

}  // namespace

Acceptor::Acceptor(Loop& loop, int listening, Accepted accepted)
    : listening_(listening), accepted_(std::move(accepted)), poll_(loop, listening), pause_(loop) {
  watch();
}

void Acceptor::watch() {
  poll_.start(UV_READABLE, [this] { take(); });
}

void Acceptor::take() {
  const std::weak_ptr<bool> alive = alive_;
  for (int i = 0; i < kAcceptAtMost && !alive.expired(); ++i) {
    Fd connection(::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!connection) return goes_on(errno) ? void() : pause();
    const Accepted accepted = accepted_;
    accepted(std::move(connection));
  }
}

// The connection stays in the queue, so without a pause the loop would spin over it.
void Acceptor::pause() {
  poll_.stop();
  pause_.start(kPause, [this] { watch(); });
}

}  // namespace usher
