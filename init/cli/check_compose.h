// `usher check --compose FILE`: whether a Compose file fits the configurations of its services.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "init/cli/run_options.h"
#include "init/compose/stack.h"
#include "init/config/load.h"

namespace usher {

// `configs` are the configurations named on the command line, each for the service that it names;
// others are found where the Compose file mounts them or a Dockerfile copies them. Compose files
// lie over each other in their order. Says what is wrong, and returns whether nothing is.
bool check_compose(const std::vector<std::string>& compose, const std::vector<std::string>& configs,
                   const char* const* environment);

// What a command tells usher; nothing where usher is not in it.
std::optional<RunOptions> options_of(std::vector<std::string> words);

// As usher would in the container: with its environment and its command line, and not with ours.
Loaded load_for_container(const std::string& file, const std::map<std::string, std::string>& environment,
                          const std::optional<RunOptions>& options);

// Whether a configuration is that of the service, or container, of this name.
bool is_named_for(const std::string& file, const Config& config, const std::string& name);

// In the order in which one repairs them.
void print_notes(ComposeNotes notes);

}  // namespace usher
