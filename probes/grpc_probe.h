// A gRPC server whose health service says SERVING.
#pragma once

#include <memory>
#include <string>

#include "probes/context.h"
#include "probes/probe.h"

namespace usher {

std::unique_ptr<Probe> make(const GrpcProbe& config, ProbeContext& context);
std::string target_text(const GrpcProbe& config);

}  // namespace usher
