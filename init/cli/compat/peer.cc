#include "init/cli/compat/peer.h"

#include <unistd.h>

namespace usher {
namespace {

// An engine gives a container 10 s in all before it kills it.
constexpr Millis kDrainLimit{2'000};

struct Name {
  std::string_view name;
  PeerCommand command;
};

// What distributions and engines call them: podman puts catatonit at /run/podman-init.
constexpr Name kNames[] = {
    {"tini", tini_command},           {"tini-static", tini_command},
    {"docker-init", tini_command},    {"dumb-init", dumb_init_command},
    {"catatonit", catatonit_command}, {"podman-init", catatonit_command},
};

}  // namespace

PeerCommand find_peer(std::string_view argv0) noexcept {
  const std::string_view called = argv0.substr(argv0.rfind('/') + 1);
  for (const Name& name : kNames)
    if (name.name == called) return name.command;
  return nullptr;
}

Config peer_config(char** command) {
  Config config;
  for (; *command != nullptr; ++command) config.service.command.emplace_back(*command);
  config.shutdown.signals.clear();
  config.shutdown.timeout = kDrainLimit;
  if (::getpid() != 1) config.shutdown.stragglers = Stragglers::leave;
  config.log.level = LogLevel::off;
  config.report.termination = false;
  config.drop_in.shell_scripts = true;
  return config;
}

std::string pid_text() { return std::to_string(::getpid()); }

}  // namespace usher
