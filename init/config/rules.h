// What has to hold between keys.
#pragma once

#include "init/config/config.h"
#include "init/config/value.h"

namespace usher {

// Tells `problems` about keys of `settings` that contradict each other in `config`. Keys that have a
// problem of their own are left alone.
void check_rules(const Config& config, Value& settings, Problems& problems);

}  // namespace usher
