// The command line of `usher run`, which a Compose file may have, too.
#pragma once

#include <string>

#include "init/config/load.h"

namespace usher {

struct RunOptions {
  LoadRequest load;     // the file, the profile, what it overrides and the command
  std::string problem;  // empty: none
  bool help = false;
};

// `argv` begins after "usher" or "run".
RunOptions parse_run_options(int argc, char** argv);

}  // namespace usher
