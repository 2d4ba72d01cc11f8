// Takes the connections that wait at a listening socket.
#pragma once

#include <functional>
#include <memory>

#include "init/loop/loop.h"
#include "init/os/fd.h"

namespace usher {

class Acceptor {
 public:
  // Gets each connection, non-blocking; may destroy the acceptor.
  using Accepted = std::function<void(Fd connection)>;

  // `listening` outlives it and is non-blocking. At most eight connections are taken before other
  // things get their turn. Where no descriptor is left for one, it waits in the queue, and we pause.
  Acceptor(Loop& loop, int listening, Accepted accepted);

  // 0, or the errno with which the loop refused to watch the socket.
  int error() const noexcept { return poll_.error(); }

 private:
  void watch();
  void take();
  void pause();

  const int listening_;
  Accepted accepted_;
  Poll poll_;
  Timer pause_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace usher
