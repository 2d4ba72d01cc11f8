// Shorthands for what each kind of probe knows; see init/config/probe_kind.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "init/config/probe_kind.h"
#include "probes/context.h"
#include "probes/late_probe.h"
#include "probes/probe.h"

namespace usher {

// Both outlive the probe.
inline std::unique_ptr<Probe> make_probe(const ProbeConfig& config, ProbeContext& context) {
  return config.late().empty() ? config.kind()->make(config, context) : make_late_probe(config, context);
}

// What it asks, for people: "redis://redis:6379 key listenerAddr". No secrets.
inline std::string target_of(const ProbeConfig& config) {
  return config.late().empty() ? config.kind()->target(config) : late_target_of(config);
}
// "redis", "tcp", "stdout" ...: as the configuration spells the kind.
inline std::string_view kind_of(const ProbeConfig& config) { return config.kind()->name; }

}  // namespace usher
