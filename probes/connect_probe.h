// A server is there when it accepts a connection; over TLS, when it has shown a good certificate, too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "init/base/tls.h"
#include "init/config/probe_config.h"

namespace usher {

struct TcpProbe {
  std::string host;
  std::uint16_t port = 0;
  std::optional<TlsSettings> tls = {};
  unsigned min_days = 0;  // the certificate has to be good for so long; 0: not asked
  bool operator==(const TcpProbe&) const = default;
};
const ProbeKind& probe_kind_of(const TcpProbe& probe);

struct UnixProbe {
  std::string path;  // "@name" for an abstract one
  bool operator==(const UnixProbe&) const = default;
};
const ProbeKind& probe_kind_of(const UnixProbe& probe);

}  // namespace usher
