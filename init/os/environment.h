// The environment that a process of ours gets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "init/config/config.h"
#include "init/os/identity.h"

namespace usher {

using Variables = std::vector<std::pair<std::string, std::string>>;

// NAME=value entries that later ones replace.
class EnvironmentBlock {
 public:
  // A copy of `environ` or the like, in its order, unchanged.
  explicit EnvironmentBlock(const char* const* inherited);
  // Takes away those USHER_* variables that may hold a secret of usher's own.
  void drop_secrets();
  void set(std::string_view name, std::string_view value);
  const std::vector<std::string>& entries() const { return entries_; }

 private:
  std::vector<std::string> entries_;
};

// Replaces NAME=value in a list of such entries, or adds it.
void set_variable(std::vector<std::string>& entries, std::string_view name, std::string_view value);

struct EnvironmentResult {
  std::vector<std::string> entries;
  std::string problem;  // empty, or what is wrong with an environment file
};

// Of environment files: the service needs all of them; hooks have those that are there, since it
// may be a hook that writes them.
enum class AbsentFiles : std::uint8_t { refused, passed_over };

// What we were given, without the secrets of usher's own, below HOME, USER and LOGNAME of another user
// (a number that has no entry: "/" and the number), below the environment files,
// below service.environment. The files are read now.
EnvironmentResult service_environment(const ServiceConfig& config, const Identity* identity,
                                      const char* const* inherited,
                                      AbsentFiles absent = AbsentFiles::refused);

}  // namespace usher
