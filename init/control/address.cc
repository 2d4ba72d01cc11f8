#include "init/control/address.h"

#include <cstddef>
#include <cstring>

#include "init/os/pid_namespace.h"

namespace usher {
namespace {

// Without /proc all of a container's processes come to the same name yet.
std::string own_name() { return "@usher/" + pid_namespace(); }

}  // namespace

ControlAddress control_address(std::string_view socket) {
  ControlAddress result;
  result.text = socket.empty() ? own_name() : std::string(socket);
  sockaddr_un& address = result.address;
  address.sun_family = AF_UNIX;
  // A path ends with a zero byte; an abstract name begins with one in place of the "@".
  if (result.text.size() >= sizeof address.sun_path) {
    result.problem =
        "its name is longer than " + std::to_string(sizeof address.sun_path - 1) + " bytes";
    return result;
  }
  std::memcpy(address.sun_path, result.text.data(), result.text.size());
  result.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + result.text.size());
  if (result.is_path())
    ++result.length;
  else
    address.sun_path[0] = '\0';
  return result;
}

}  // namespace usher
