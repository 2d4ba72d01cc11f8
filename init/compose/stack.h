// The services of a Compose file, as far as usher has an opinion on them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "init/compose/dockerfile.h"
#include "init/config/config_error.h"
#include "init/config/expand.h"

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
  ComposePlace place;
};

struct ComposeService {
  std::string name;
  ComposePlace place;
  std::optional<ComposeText> stop_grace_period, init;
  std::optional<ComposePlace> healthcheck;
  bool no_healthcheck = false;  // it says that there is to be none, whatever the image has
  std::map<std::string, std::string> environment;
  std::map<std::string, ComposeDependency> depends_on;
  std::vector<std::string> hosts;  // names by which others reach it
  std::vector<std::pair<std::string, std::string>> mounts;  // file or folder here, path there
  std::string config;              // -c of its command
  std::string context;             // of its build
  std::optional<Dockerfile> dockerfile;
  bool names_usher = false;        // in its command, entrypoint, health check or environment
};

// Whether the engine will know how it is.
bool has_healthcheck(const ComposeService& service);

struct ComposeStack {
  std::vector<ComposeService> services;
  ComposeService* find(const std::string& name);
  const ComposeService* find(const std::string& name) const;
};

// Reads one file on top of those before it, as `docker compose -f A -f B` does, with the Dockerfiles
// that it builds from. Says what cannot be read.
void read_compose(const std::string& file, const Environment& environment, ComposeStack& stack,
                  std::vector<ConfigError>& errors);

}  // namespace usher
