// A file that has to be there, or to hold a line.
#pragma once

#include <memory>
#include <string>

#include "probes/context.h"
#include "probes/probe.h"

namespace usher {

// Only regular files are opened; of a large one the first mebibyte is read.
std::unique_ptr<Probe> make(const FileProbe& config, ProbeContext& context);
std::string target_text(const FileProbe& config);

}  // namespace usher
