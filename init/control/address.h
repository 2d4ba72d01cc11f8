// Where the control socket is.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>
#include <string_view>

namespace usher {

struct ControlAddress {
  sockaddr_un address{};
  socklen_t length = 0;
  std::string text;     // a path, or "@name"
  std::string problem;  // empty: usable

  bool is_path() const { return !text.starts_with('@'); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

// `socket` as in control.socket: a path, "@name" for an abstract one, or nothing for the abstract
// name of this PID namespace. Containers that share a network namespace share abstract names, so
// that one carries the number of the PID namespace, which its processes can all see.
ControlAddress control_address(std::string_view socket);

}  // namespace usher
