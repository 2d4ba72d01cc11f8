// What the service is told of its own start, by variables.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "init/app/dependencies.h"

namespace usher {

// USHER_ATTEMPT: which start this is, from 1. USHER_STARTED_AT: when, in UTC by RFC 3339.
// USHER_DEPENDENCIES_MS: how long each dependency took, as a JSON object; only where there are any. Pure.
std::vector<std::pair<std::string, std::string>> start_variables(
    unsigned attempt, std::chrono::system_clock::time_point now,
    const std::vector<Dependencies::State>& dependencies);

}  // namespace usher
