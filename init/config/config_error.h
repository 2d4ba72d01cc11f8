#pragma once

#include <string>

namespace usher {

// One mistake in a configuration. `line` is 0 where the place is not a line of a file.
struct ConfigError {
  std::string file;  // or "command line", "environment USHER_LOG_LEVEL"
  unsigned line = 0, column = 0;
  std::string key;  // shutdown.timeout; empty where the file as a whole is meant
  std::string why;  // expected a duration such as "30s", got -3
};

// service.toml:3:16: shutdown.timeout: expected a duration such as "30s", got -3
std::string to_string(const ConfigError& error);

}  // namespace usher
