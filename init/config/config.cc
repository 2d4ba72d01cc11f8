#include "init/config/config.h"

namespace usher {

std::vector<LineProbe> line_probes(const Config& config) {
  std::vector<LineProbe> lines;
  const auto add = [&](const ProbeConfig& probe) {
    if (const auto* const line = std::get_if<LineProbe>(&probe)) lines.push_back(*line);
  };
  for (const ProbeConfig& probe : config.readiness.probes) add(probe);
  for (const HealthConfig& check : config.health) add(check.probe);
  return lines;
}

}  // namespace usher
