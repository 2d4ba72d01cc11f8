// From a command to the running usher.
#pragma once

#include <string>

#include "init/control/client.h"
#include "init/os/signals.h"

namespace usher {

// A command is no PID 1: signals end it as they would any other program.
void give_back_signals(const InheritedSignals& inherited);

// For commands right after a start, of people and of scripts.
inline constexpr Millis kShortPatience{250};

// Connects to the one socket that USHER_CONTROL_SOCKET names, else control.socket of the default
// configuration file, else to that of this PID namespace. Tries again until `patience` is over, since
// usher opens its socket a moment after it has started. Returns what is wrong, or nothing.
[[nodiscard]] std::string reach_usher(ControlClient& client, Millis patience);

// One request, one answer. The answer is an object of the protocol's version without an "error".
struct ControlAnswer {
  std::string line;
  Json json;
  std::string problem;  // not empty: there is no answer
  bool ended = false;   // usher went while it was asked
  bool pid_1 = false;   // it is PID 1 of our PID namespace that answers
};
ControlAnswer ask_usher(const ControlRequest& request, Millis patience,
                        std::optional<Millis> limit);
// The next line of a connection that has been asked.
ControlAnswer read_answer(ControlClient& client, std::optional<Millis> limit);

}  // namespace usher
