// The service's own process: alive, no zombie, not stopped. Not a dependency.
#pragma once

#include <cstdint>
#include <vector>

#include "init/config/probe_config.h"

namespace usher {

struct ProcessProbe {
  std::vector<int> catches;       // signals that it must have handlers for
  std::uint64_t max_memory = 0;   // bytes of resident memory with its descendants; 0: not asked
  double max_cpu = 0;             // per cent of one CPU since the last run; 0: not asked
  bool operator==(const ProcessProbe&) const = default;
};
const ProbeKind& probe_kind_of(const ProcessProbe& probe);

}  // namespace usher
