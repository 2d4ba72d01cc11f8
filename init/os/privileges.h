// What usher itself does not need of what it was given.
#pragma once

#include "init/config/config.h"

namespace usher {

// The capabilities without which the configuration does not work.
Capabilities needed_by(const Config& config);

// Uses no others from now on. They are given up only as far as usher itself would use them: the bounds of
// what a service gets, and what comes with root's executing, stay as they were, and another configuration
// may use others again.
void use_only(Capabilities needed) noexcept;

}  // namespace usher
