// `usher [run] [options] [--] COMMAND [ARG...]`: the whole life of one service.
#pragma once

#include "init/config/config.h"
#include "init/os/signals.h"

namespace usher {

class Dialect;

// `argv` begins after the command's name. Returns the exit code of the process.
int run_command(int argc, char** argv, const InheritedSignals& inherited);

// The same for a configuration that is there already, told in the dialect where one is given.
int supervise(Config config, const InheritedSignals& inherited, const Dialect* dialect = nullptr);

}  // namespace usher
