// A server is there when it accepts a connection.
#pragma once

#include <cstdint>
#include <string>

#include "init/config/probe_config.h"

namespace usher {

struct TcpProbe {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const TcpProbe&) const = default;
};
const ProbeKind& probe_kind_of(const TcpProbe& probe);

struct UnixProbe {
  std::string path;  // "@name" for an abstract one
  bool operator==(const UnixProbe&) const = default;
};
const ProbeKind& probe_kind_of(const UnixProbe& probe);

}  // namespace usher
