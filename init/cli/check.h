// `usher check [FILE...] [--print] [--profile NAME] [--compose FILE]`: whether configurations are
// right, before anything is started with them.
#pragma once

#include "init/os/signals.h"

namespace usher {

// `argv` begins after the command's name. Returns the exit code: 0, 90 or 91.
int check_command(int argc, char** argv, const InheritedSignals& inherited);

}  // namespace usher
