// The sending end of sd_notify(3), towards whoever has started usher: podman, Quadlet, systemd.
#pragma once

#include <string>
#include <string_view>

#include "init/os/fd.h"

namespace usher {

// Where usher was asked to notify, by NOTIFY_SOCKET; empty where it was not. Addresses that are no socket
// of this machine's own are none.
std::string outer_notify_address(const char* const* environment);

class OuterNotify {
 public:
  // A path, or "@name" for an abstract one.
  explicit OuterNotify(std::string address) : address_(std::move(address)) {}
  const std::string& address() const { return address_; }

  // One datagram. Never waits. Returns 0 or errno: EAGAIN where nobody has read the last ones.
  int send(std::string_view text);

 private:
  std::string address_;
  Fd fd_;
};

}  // namespace usher
