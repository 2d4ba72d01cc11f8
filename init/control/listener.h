// The socket that clients connect to.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "init/control/peer.h"
#include "init/loop/acceptor.h"
#include "init/os/listening_socket.h"

namespace usher {

// `socket` as in control.socket. Takes the place of a socket that nobody listens on any more. From
// then on clients can connect, and wait to be accepted.
std::unique_ptr<ListeningSocket> open_control_socket(const std::string& socket);

class Listener {
 public:
  using Accepted = std::function<void(Fd connection, Peer peer)>;

  Listener(Loop& loop, Accepted accepted) : loop_(loop), accepted_(std::move(accepted)) {}

  // Returns what is wrong, or nothing.
  [[nodiscard]] std::string open(std::unique_ptr<ListeningSocket> socket);
  // Takes a path away again, unless it is somebody else's by now.
  void close() noexcept;
  // Whether the socket has a name in the file system, which close() removes.
  bool leaves_a_file() const noexcept { return socket_ && socket_->file.there(); }

 private:
  Loop& loop_;
  Accepted accepted_;
  std::unique_ptr<ListeningSocket> socket_;
  std::unique_ptr<Acceptor> acceptor_;  // goes before what it watches
};

}  // namespace usher
