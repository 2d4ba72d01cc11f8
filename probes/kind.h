// What the files of the kinds need. Each ends with its object, and with the name by which
// kinds.cc lists it, in namespace probe_kind.
#pragma once

#include <memory>

#include "init/config/probe_kind.h"
#include "probes/context.h"
#include "probes/probe.h"

namespace usher {

// A ProbeKindOf::Parts::make for a class with such a constructor.
template <typename Run, typename Settings>
std::unique_ptr<Probe> make_run(const Settings& settings, ProbeContext& context) {
  return std::make_unique<Run>(settings, context);
}

}  // namespace usher
