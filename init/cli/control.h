// `usher stop`, `restart`, `reload` and `signal SIG`: each says how it went, once it has.
#pragma once

#include "init/os/signals.h"

namespace usher {

// `argv` begins with the command's name. Returns 0 when it has been carried out, 1 when not.
int control_command(int argc, char** argv, const InheritedSignals& inherited);

}  // namespace usher
