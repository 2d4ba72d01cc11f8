// The socket that clients connect to.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "init/loop/loop.h"
#include "init/os/fd.h"
#include "init/os/socket_file.h"

namespace usher {

// Who is at the other end, as of its connect(): the kernel says so.
struct Peer {
  pid_t pid = 0;  // 0: a process that our PID namespace does not know
  uid_t uid = 0;
};

class Listener {
 public:
  using Accepted = std::function<void(Fd connection, Peer peer)>;

  Listener(Loop& loop, Accepted accepted) : loop_(loop), accepted_(std::move(accepted)) {}
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { close(); }

  // `socket` as in control.socket. Takes the place of a socket that nobody listens on any more.
  // Returns what is wrong, or nothing.
  std::string open(const std::string& socket);
  // Takes a path away again, unless it is somebody else's by now.
  void close() noexcept;
  // Whether the socket has a name in the file system, which close() removes.
  bool leaves_a_file() const noexcept { return file_.there(); }

 private:
  void on_connections();
  void pause();

  Loop& loop_;
  Accepted accepted_;
  Fd fd_;
  std::unique_ptr<Poll> poll_;
  std::unique_ptr<Timer> pause_;  // while no descriptor is left for a connection
  SocketFile file_;
};

}  // namespace usher
