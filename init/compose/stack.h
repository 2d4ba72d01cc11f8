// The services of a Compose file, as far as usher has an opinion on them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "init/compose/dockerfile.h"
#include "init/compose/value.h"
#include "init/config/config_error.h"

namespace usher {

struct ComposePlace {
  std::string file;
  unsigned line = 0, column = 0;
};

// A value with its variables in place; nothing in `text` where one of them cannot be known.
struct ComposeText {
  std::optional<std::string> text;
  ComposePlace place;
};

struct ComposeDependency {
  std::string condition;  // service_started where none is written
  bool required = true;   // false: the engine goes on without a service that is not there
  ComposePlace place;
};

// What stands in the Compose file; the image has a say in what does not.
struct ComposeHealthcheck {
  ComposePlace place;
  bool disabled = false;
  std::vector<std::string> test;  // in words, without CMD or CMD-SHELL; empty: the image's
  std::optional<ComposeText> interval, timeout, start_period, start_interval;
};

struct ComposeService {
  std::string name;
  ComposePlace place;
  std::string image;
  std::optional<ComposeText> stop_grace_period, stop_signal, init;
  std::optional<ComposeHealthcheck> healthcheck;
  std::map<std::string, std::string> environment, file_environment;
  std::vector<ConfigError> absent;  // environment files that are not here
  std::map<std::string, ComposeDependency> depends_on;
  std::vector<std::string> started_with;  // services that it needs without depends_on, as by links
  std::vector<std::string> hosts;         // names by which others reach it
  std::vector<std::pair<std::string, std::string>> mounts;  // file or folder here, path there
  std::optional<std::vector<std::string>> entrypoint, command;  // in words; nothing: the image's
  std::string context, stage;                                   // of its build
  std::optional<Dockerfile> dockerfile;
  bool names_usher = false;  // in its command, entrypoint, health check or environment
};

// Whether the engine will know how it is.
bool has_healthcheck(const ComposeService& service);

// What the engine runs, as far as it can be known: entry point and command, of the image where the
// Compose file has none. What is given to a shell is in words of its own.
std::vector<std::string> words_of(const ComposeService& service);

// With what the image and the environment files give it.
std::map<std::string, std::string> environment_of(const ComposeService& service);

struct ComposeStack {
  std::vector<ComposeService> services;
  ComposeService* find(const std::string& name);
  const ComposeService* find(const std::string& name) const;
};

// What was met on the way: the engine refuses errors and says nothing of warnings.
struct ComposeNotes {
  std::vector<ConfigError> errors, warnings;
};

// Reads files on top of each other, as `docker compose -f A -f B` does, with the .env beside the first,
// with the files that they include and extend, and with the Dockerfiles that they build from.
ComposeStack read_compose(const std::vector<std::string>& files, const Environment& environment,
                          ComposeNotes& notes);

}  // namespace usher
