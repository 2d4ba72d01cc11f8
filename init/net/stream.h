// Bytes to and from a connection, as they come.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "init/loop/loop.h"
#include "init/os/fd.h"

namespace usher {

class Stream {
 public:
  // Each read. The bytes are good for the call only.
  using Received = std::function<void(std::string_view bytes)>;
  // The other side will send nothing more: "the connection was closed", "Connection reset by peer".
  using Ended = std::function<void(const std::string& how)>;

  // A connected, non-blocking socket. The callbacks come from the loop and may destroy this.
  Stream(Loop& loop, Fd connection, Received received, Ended ended);

  // In order, as soon as the other side takes them; kept until then. Who answers to what comes in has to
  // bound how much may come, or a side that asks on and takes nothing decides how much is kept. What
  // cannot be sent any more is dropped: the reading side will say why.
  void send(std::string_view bytes);
  // The connection, for somebody else: this is to be destroyed now. What has not been taken is lost.
  Fd release() { return std::move(connection_); }

 private:
  void on_event();
  void write_some();
  void watch();

  Fd connection_;
  Poll poll_;
  Received received_;
  Ended ended_;
  std::string unsent_;
};

}  // namespace usher
