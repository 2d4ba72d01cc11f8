// A server is there when it accepts a connection.
#pragma once

#include <memory>
#include <string>

#include "probes/context.h"
#include "probes/probe.h"

namespace usher {

std::unique_ptr<Probe> make(const TcpProbe& config, ProbeContext& context);
std::string target_text(const TcpProbe& config);

std::unique_ptr<Probe> make(const UnixProbe& config, ProbeContext& context);
std::string target_text(const UnixProbe& config);

}  // namespace usher
