// Where a Compose file and the configurations of its services do not go together.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "init/compose/stack.h"
#include "init/config/config.h"
#include "init/config/config_error.h"

namespace usher {

// The configurations of the services that run under usher, by the names of the services.
using ComposeConfigs = std::map<std::string, Config>;

std::vector<ConfigError> find_contradictions(const ComposeStack& stack, const ComposeConfigs& configs);

}  // namespace usher
