// What the environment and the command line say, laid over the files.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "init/config/expand.h"
#include "init/config/value.h"

namespace usher {

// Whether this variable of usher's own sets something that may hold a secret: a URL, a password.
bool names_a_secret_setting(std::string_view variable);

// Whether a variable of the block concerns usher's configuration: the usual start has none, and is
// then over at once.
bool names_a_setting(const Environment& environment);

void apply_environment(Value& settings, const Environment& environment, Problems& problems,
                       std::vector<std::string>& warnings);

using Overrides = std::vector<std::pair<std::string, std::string>>;
// A variable for all elements of a list counts for those of the command line, too, where they do not say it.
void apply_command_line(Value& settings, const Overrides& overrides, const Environment& environment,
                        Problems& problems);

}  // namespace usher
