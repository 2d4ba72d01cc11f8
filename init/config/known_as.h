// Names that other tools have for what our keys say.
#pragma once

#include <span>
#include <string_view>

namespace usher {

struct KnownAs {
  std::string_view name;  // in lower case, without '_' and '-'
  std::string_view key;   // ours: the path of a key or of a table
};

std::span<const KnownAs> names_elsewhere();

// The key that somebody means who writes this, as in Dockerfiles, Compose files, pods and systemd's units;
// empty where nobody knows.
std::string_view known_as(std::string_view name);

}  // namespace usher
