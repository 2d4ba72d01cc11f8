#include "init/config/config.h"

namespace usher {
namespace {

template <typename Kind>
std::vector<Kind> probes_of(const Config& config) {
  std::vector<Kind> found;
  const auto add = [&](const ProbeConfig& probe) {
    if (const auto* const kind = probe.as<Kind>()) found.push_back(*kind);
  };
  for (const ProbeConfig& probe : config.readiness.probes) add(probe);
  for (const HealthConfig& check : config.health) add(check.probe);
  return found;
}

}  // namespace

std::vector<LineProbe> line_probes(const Config& config) { return probes_of<LineProbe>(config); }

std::vector<NotifyProbe> notify_probes(const Config& config) {
  return probes_of<NotifyProbe>(config);
}

}  // namespace usher
