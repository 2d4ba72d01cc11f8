// To see that no descriptor is left behind.
#pragma once

#include <cstddef>
#include <filesystem>

namespace usher {

inline std::size_t open_descriptors() {
  using std::filesystem::directory_iterator;
  return static_cast<std::size_t>(std::distance(directory_iterator("/proc/self/fd"), {}));
}

}  // namespace usher
