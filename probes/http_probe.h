// A web server that answers as expected.
#pragma once

#include <memory>
#include <string>

#include "probes/context.h"
#include "probes/probe.h"

namespace usher {

std::unique_ptr<Probe> make(const HttpProbe& config, ProbeContext& context);
std::string target_text(const HttpProbe& config);

}  // namespace usher
