// What is allowed in a configuration and seldom meant. For `usher check`.
#pragma once

#include <string>
#include <vector>

#include "init/config/config.h"

namespace usher {

// One line each, with the key first.
std::vector<std::string> doubts_about(const Config& config);

}  // namespace usher
