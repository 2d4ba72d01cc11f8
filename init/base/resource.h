// The resources of setrlimit(2) by the names people write: "nofile", "memlock".
#pragma once

#include <span>
#include <string_view>

namespace usher {

struct Resource {
  std::string_view name;
  int number;   // RLIMIT_NOFILE ...
  bool bytes;   // its unit is the byte
};

std::span<const Resource> resources();

}  // namespace usher
