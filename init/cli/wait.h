// `usher wait TARGET... [--timeout D] [--interval D] [-- COMMAND...]`: waits until all of them are
// there, and then becomes the command. Needs no usher that runs already.
#pragma once

#include "init/os/signals.h"

namespace usher {

// `argv` begins after the command's name. Returns the exit code: 0, 90 for a bad command line, 91
// when a target can never be there, 92 when the time is up, 126 or 127 when the command cannot be
// executed, 128+N for a signal that ended it; nothing where it has become the command.
int wait_command(int argc, char** argv, const InheritedSignals& inherited);

}  // namespace usher
