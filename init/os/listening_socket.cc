#include "init/os/listening_socket.h"

#include <cerrno>
#include <cstring>

namespace usher {
namespace {

std::string system_text(const char* what) {
  const int error = errno;
  return std::string("cannot ") + what + ": " + std::strerror(error);
}

std::string open(ListeningSocket& socket, const sockaddr* address, socklen_t length,
                 const std::string& path, int backlog) {
  const int family = address->sa_family;
  Fd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_text("make a socket");
  const int on = 1;
  if (family != AF_UNIX) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!path.empty()) {
    if (std::string why = socket.file.bind(fd.get(), path); !why.empty()) return why;
  } else if (::bind(fd.get(), address, length) != 0) {
    if (errno == EADDRINUSE) return "it is in use";
    return system_text("bind it");
  }
  if (::listen(fd.get(), backlog) != 0) return system_text("listen on it");
  socket.fd = std::move(fd);
  return {};
}

}  // namespace

std::unique_ptr<ListeningSocket> listen_at(const sockaddr* address, socklen_t length,
                                           const std::string& path, int backlog) {
  auto socket = std::make_unique<ListeningSocket>();
  socket->problem = open(*socket, address, length, path, backlog);
  return socket;
}

}  // namespace usher
