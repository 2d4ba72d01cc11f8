// `usher check --compose FILE`: whether a Compose file fits the configurations of its services.
#pragma once

#include <string>
#include <vector>

namespace usher {

// `configs` are the configurations named on the command line, each for the service that it names;
// others are found where the Compose file mounts them or a Dockerfile copies them. Compose files
// lie over each other in their order. Says what is wrong, and returns whether nothing is.
bool check_compose(const std::vector<std::string>& compose, const std::vector<std::string>& configs,
                   const char* const* environment);

}  // namespace usher
