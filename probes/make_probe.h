// From the configuration of a probe to the probe.
#pragma once

#include <memory>

#include "init/config/config.h"
#include "probes/context.h"
#include "probes/probe.h"

namespace usher {

// Both outlive the probe.
std::unique_ptr<Probe> make_probe(const ProbeConfig& config, ProbeContext& context);

// What it asks, for people: "redis://redis:6379 key listenerAddr". No secrets.
std::string target_of(const ProbeConfig& config);
// "redis", "tcp", "stdout" ...: as the configuration spells the kind.
std::string_view kind_of(const ProbeConfig& config);

}  // namespace usher
