#include "init/os/outer_notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "init/config/override.h"

namespace usher {

std::string outer_notify_address(const char* const* environment) {
  const std::string_view named = Environment(environment).find("NOTIFY_SOCKET").value_or("");
  const bool local = named.size() > 1 && (named.front() == '/' || named.front() == '@');
  return local && named.size() < sizeof(sockaddr_un::sun_path) ? std::string(named) : std::string();
}

int OuterNotify::send(std::string_view text) {
  if (!fd_) fd_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd_) return errno;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, address_.data(), address_.size());
  const bool abstract = address_.front() == '@';
  if (abstract) address.sun_path[0] = '\0';
  // The name of a path ends with its zero, an abstract one with its length.
  const auto length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size() + (abstract ? 0 : 1));
  const ssize_t sent = ::sendto(fd_.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), length);
  return sent < 0 ? errno : 0;
}

}  // namespace usher
