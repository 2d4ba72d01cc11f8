// What the service prints, and what it says of itself.
#pragma once

#include <memory>
#include <string>

#include "probes/context.h"
#include "probes/probe.h"

namespace usher {

std::unique_ptr<Probe> make(const LineProbe& config, ProbeContext& context);
std::unique_ptr<Probe> make(const NotifyProbe& config, ProbeContext& context);

std::string target_text(const LineProbe& config);
std::string target_text(const NotifyProbe& config);

}  // namespace usher
