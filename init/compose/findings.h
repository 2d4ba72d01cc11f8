// Where a Compose file and the configurations of its services do not go together.
#pragma once

#include <map>
#include <string>

#include "init/compose/stack.h"
#include "init/config/config.h"

namespace usher {

// The configurations of the services that run under usher, by the names of the services.
using ComposeConfigs = std::map<std::string, Config>;

// Of each service that runs under usher: how it is stopped and watched.
void find_misfits(const ComposeStack& stack, const ComposeConfigs& configs, ComposeNotes& notes);

// Of all services: who waits for whom.
void find_loose_ends(const ComposeStack& stack, const ComposeConfigs& configs, ComposeNotes& notes);

}  // namespace usher
