// A command whose success is the answer.
#pragma once

#include <memory>
#include <string>

#include "probes/context.h"
#include "probes/probe.h"

namespace usher {

std::unique_ptr<Probe> make(const ExecProbe& config, ProbeContext& context);
std::string target_text(const ExecProbe& config);

}  // namespace usher
