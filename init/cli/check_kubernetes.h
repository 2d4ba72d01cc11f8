// `usher check --kubernetes FILE...`: whether pods fit the configurations of their containers.
#pragma once

#include <string>
#include <vector>

namespace usher {

// `configs` are the configurations named on the command line, each for the container that it names. Says what
// is wrong, and returns whether nothing is.
bool check_kubernetes(const std::vector<std::string>& files, const std::vector<std::string>& configs);

}  // namespace usher
