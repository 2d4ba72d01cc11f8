// Where a Compose file and the configurations of its services do not go together.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "init/compose/stack.h"
#include "init/config/config.h"

namespace usher {

// The configurations of the services that run under usher, by the names of the services.
using ComposeConfigs = std::map<std::string, Config>;

// Whether something is still to be sent when the service has gone.
bool has_last_words(const Config& config);

// How usher's own health command is asked, by words with or without a shell; nothing where another one is.
struct OurCheck {
  std::vector<std::string> words;
  Millis longest{0};  // of --wait and --hold, where they have a limit
};
std::optional<OurCheck> our_check(std::vector<std::string> words);

// Of each service that runs under usher: how it is stopped and watched.
void find_misfits(const ComposeStack& stack, const ComposeConfigs& configs, ComposeNotes& notes);

// Of all services: who waits for whom.
void find_loose_ends(const ComposeStack& stack, const ComposeConfigs& configs, ComposeNotes& notes);

}  // namespace usher
