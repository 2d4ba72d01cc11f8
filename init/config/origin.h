// Every resolved value with where it came from.
#pragma once

#include <vector>

#include "init/config/expand.h"
#include "init/config/load.h"
#include "init/config/value.h"

namespace usher {

// `settings` are the merged values after they were read. What is a secret, by its name,
// is shown nowhere, also where a ${VARIABLE} has put it into another text.
std::vector<Origin> list_origins(const Config& config, Value& settings,
                                 const Environment& environment);

}  // namespace usher
