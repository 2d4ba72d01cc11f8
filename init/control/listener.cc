#include "init/control/listener.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "init/control/address.h"

namespace usher {
namespace {

constexpr int kBacklog = 64;
// Connections taken before other things get their turn.
constexpr int kAcceptAtMost = 8;
constexpr std::chrono::milliseconds kPause{500};

std::string system_text(std::string_view what) {
  const int error = errno;
  return "cannot " + std::string(what) + ": " + std::strerror(error);
}

// Refused: the process that listened has gone and left the name behind.
bool is_stale(const ControlAddress& address) {
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return probe && ::connect(probe.get(), address.get(), address.length) != 0 &&
         errno == ECONNREFUSED;
}

}  // namespace

std::string Listener::open(const std::string& socket) {
  const ControlAddress address = control_address(socket);
  if (!address.problem.empty()) return address.problem;
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_text("make a socket");
  if (address.is_path() && is_socket_file(address.text) && is_stale(address))
    ::unlink(address.text.c_str());
  if (::bind(fd.get(), address.get(), address.length) != 0) {
    if (errno == EADDRINUSE) return "it is in use";
    return system_text("bind it");
  }
  // Anybody may ask; who may command is looked at in each request.
  if (address.is_path()) file_.take(address.text);
  fd_ = std::move(fd);
  if (::listen(fd_.get(), kBacklog) != 0) return system_text("listen on it");
  poll_ = std::make_unique<Poll>(loop_, fd_.get());
  if (poll_->error() != 0) return "cannot watch it";
  poll_->start(UV_READABLE, [this] { on_connections(); });
  return {};
}

void Listener::close() noexcept {
  poll_.reset();
  pause_.reset();
  fd_.reset();
  file_.remove();
}

void Listener::on_connections() {
  for (int i = 0; i < kAcceptAtMost; ++i) {
    Fd connection(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!connection) {
      const bool none_left =
          errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS;
      if (none_left) pause();
      return;
    }
    ucred credentials{};
    socklen_t length = sizeof credentials;
    if (::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0)
      continue;
    accepted_(std::move(connection), {credentials.pid, credentials.uid});
  }
}

// The connection stays in the queue, so without a pause the loop would spin over it.
void Listener::pause() {
  poll_->stop();
  if (!pause_) pause_ = std::make_unique<Timer>(loop_);
  pause_->start(kPause, [this] { poll_->start(UV_READABLE, [this] { on_connections(); }); });
}

}  // namespace usher
