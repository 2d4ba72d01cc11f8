// `usher [run] [options] [--] COMMAND [ARG...]`: the whole life of one service.
#pragma once

#include "init/os/signals.h"

namespace usher {

// `argv` begins after the command's name. Returns the exit code of the process.
int run_command(int argc, char** argv, const InheritedSignals& inherited);

}  // namespace usher
