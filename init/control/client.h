// The other end of the control socket, for commands: blocking calls with limits. Whoever answers
// may be slow, silent or no usher at all.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "init/control/address.h"
#include "init/control/peer.h"
#include "init/control/protocol.h"
#include "init/os/fd.h"

namespace usher {

// Whether what it says of usher is believed: PID 1 of our PID namespace, root, our own user, and where
// PID 1 is not root's, the user who runs the container.
bool may_answer(const Peer& peer);

class ControlClient {
 public:
  static constexpr std::size_t kLineMost = 1 << 20;

  // Each returns what is wrong, or nothing.
  [[nodiscard]] std::string connect(const ControlAddress& address, Millis limit);
  [[nodiscard]] std::string send(const ControlRequest& request);
  // The next line of the answer, without its end. No limit: as long as the other end lives.
  std::string next_line(std::string& line, std::optional<Millis> limit);

  // The connection ends with this process. Usher, when it ends, waits for that a moment: as PID 1
  // it takes all others with it.
  void stay_connected() { fd_.release(); }

  // Who answers is PID 1 of our PID namespace.
  bool is_pid_1() const;
  // connect() found nobody, as opposed to somebody who does not answer.
  bool nobody_there() const { return nobody_there_; }
  // next_line() found that the other end has gone.
  bool ended() const { return ended_; }

 private:
  // Whoever has taken the name can listen at it, and say whatever he likes.
  std::string distrust(const ControlAddress& address) const;

  Fd fd_;
  std::string in_;
  bool nobody_there_ = false;
  bool ended_ = false;
};

}  // namespace usher
