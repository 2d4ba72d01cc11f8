// The service's process, as /proc shows it.
#pragma once

#include <memory>
#include <string>

#include "probes/context.h"
#include "probes/probe.h"

namespace usher {

std::unique_ptr<Probe> make(const ProcessProbe& config, ProbeContext& context);
std::string target_text(const ProcessProbe& config);

}  // namespace usher
