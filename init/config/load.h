// The way to a Config: files, profile, environment, command line.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "init/base/file.h"
#include "init/config/config.h"
#include "init/config/config_error.h"
#include "init/config/expand.h"

namespace usher {

struct LoadRequest {
  std::string file;     // empty: none
  std::string profile;  // empty: what USHER_PROFILE says
  std::vector<std::pair<std::string, std::string>> overrides;  // shutdown.timeout, 5s
  Argv command;                              // replaces service.command; empty: does not
  const char* const* environment = nullptr;  // as main() got it; it must outlive the call only
  bool want_origins = false;
  bool need_command = true;  // without any is an error; templates may do without
  Pipes pipes = Pipes::refused;
  // Reads ${file:PATH}. Null: keys that have it are left as they are by default.
  ReadFile read_file = nullptr;
  bool files_may_be_absent = false;  // a warning then, where the configuration is for another machine
};

// One line of `usher check --print`.
struct Origin {
  std::string section;  // "shutdown", "health[0]", or empty at the top
  std::string key;      // within the section: "timeout", "remap.143"
  std::string value;    // as TOML; passwords and the like are left out
  std::string source;  // "default", "service.toml:3:11", "environment SHUTDOWN_TIMEOUT" ...
};

struct Loaded {
  Config config;  // complete only where there are no errors
  std::vector<ConfigError> errors;
  std::vector<std::string> warnings;
  std::vector<Origin> origins;
  // The one error is that no command was given, and no file that could name one.
  bool nothing_to_run = false;
};

// Reports all mistakes of all files at once, and never throws. Without a file and without variables
// that concern it, it does next to nothing: it stands on the start path of PID 1.
Loaded load_config(const LoadRequest& request) noexcept;

// USHER_CONFIG, else /etc/usher/service.toml if it is there, else nothing.
std::string default_config_file(const char* const* environment);

}  // namespace usher
