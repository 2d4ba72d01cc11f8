// A socket that others connect to, made by bare calls: what the service could take for itself is bound
// before the service runs, when there may be no loop yet.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <string>

#include "init/os/fd.h"
#include "init/os/socket_file.h"

namespace usher {

struct ListeningSocket {
  Fd fd{};               // non-blocking; none where there is a problem
  SocketFile file{};     // its name in the file system, if it has one; goes with this
  std::string problem{};  // why nobody can connect; empty: they can
};

// Binds and listens. `path` names the file that a unix socket makes, in the place of one that nobody
// listens on any more; empty for every other address.
std::unique_ptr<ListeningSocket> listen_at(const sockaddr* address, socklen_t length,
                                           const std::string& path, int backlog);

}  // namespace usher
