// A probe with ${ready.value} in its settings, which are read anew for each value that readiness finds.
#pragma once

#include <memory>
#include <string>

#include "init/config/probe_kind.h"
#include "probes/context.h"
#include "probes/probe.h"

namespace usher {

// As make_probe() and target_of(), of a probe whose late() is not empty.
std::unique_ptr<Probe> make_late_probe(const ProbeConfig& config, ProbeContext& context);
std::string late_target_of(const ProbeConfig& config);

}  // namespace usher
