// Every resolved value with where it came from.
#pragma once

#include <vector>

#include "init/config/load.h"
#include "init/config/value.h"

namespace usher {

// `settings` are the merged values after they were read; those of secrets are gone afterwards.
std::vector<Origin> list_origins(const Config& config, Value& settings);

}  // namespace usher
