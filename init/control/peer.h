// Who is at the other end of a unix socket: the kernel says so.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <optional>

namespace usher {

struct Peer {
  pid_t pid = 0;  // 0: a process that our PID namespace does not know
  uid_t uid = 0;
};

// Of one who connected, as of its connect(); of one who listens, as of its listen().
inline std::optional<Peer> peer_of(int connection) {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return {};
  return Peer{credentials.pid, credentials.uid};
}

}  // namespace usher
