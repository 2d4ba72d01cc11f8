// What a Dockerfile says of usher.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace usher {

struct Dockerfile {
  bool has_healthcheck = false;
  bool runs_usher = false;           // its ENTRYPOINT or CMD does
  std::string config;                // USHER_CONFIG
  std::vector<std::string> sources;  // of all COPY and ADD, relative to the build context
};

// Of the last stage. Understands what is usual, and passes over the rest.
Dockerfile parse_dockerfile(std::string_view text);

}  // namespace usher
