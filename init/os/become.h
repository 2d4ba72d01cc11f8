// Becoming another program: nothing of ours is left when it runs.
#pragma once

#include <string>

#include "init/os/signals.h"

namespace usher {

struct Refusal {
  bool absent = false;  // there is no such file; otherwise it cannot be executed
  std::string why;
};

// `command` ends with a null. Found by PATH as a service's program is, and started with the signals
// that we were started with. Returns only where that cannot be.
Refusal become(char** command, const InheritedSignals& inherited);

}  // namespace usher
