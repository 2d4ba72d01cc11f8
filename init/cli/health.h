// `usher health [CHECK...] [--wait[=DURATION]] [--json]`
#pragma once

#include "init/os/signals.h"

namespace usher {

// `argv` begins after the command's name. Returns 0 for healthy and 1 for everything else: a
// container engine that runs this as its health check knows no other number.
int health_command(int argc, char** argv, const InheritedSignals& inherited);

}  // namespace usher
