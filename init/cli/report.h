// `usher report FILE... [--html[=FILE]] [-o FILE]`: the lives that reports tell of, side by side.
#pragma once

#include "init/os/signals.h"

namespace usher {

// `argv` begins after the command's name. Returns the exit code: 0, 1 where a file was no report
// (the others are shown), or 90.
int report_command(int argc, char** argv, const InheritedSignals& inherited);

}  // namespace usher
