// `usher metrics`
#pragma once

#include "init/os/signals.h"

namespace usher {

// `argv` begins after the command's name. Returns 0 when there was an answer, 1 when not.
int metrics_command(int argc, char** argv, const InheritedSignals& inherited);

}  // namespace usher
