// A command, as the service's user, that ends with 0.
#pragma once

#include <string>
#include <vector>

#include "init/config/probe_config.h"

namespace usher {

struct ExecProbe {
  std::vector<std::string> command;
  bool operator==(const ExecProbe&) const = default;
};
const ProbeKind& probe_kind_of(const ExecProbe& probe);

}  // namespace usher
