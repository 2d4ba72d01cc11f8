// grpc.health.v1.Health/Check answers SERVING.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "init/base/tls.h"
#include "init/config/probe_config.h"

namespace usher {

struct GrpcProbe {
  std::string host;
  std::uint16_t port = 0;
  std::string service = {};  // empty: the server as a whole
  std::optional<TlsSettings> tls = {};
  bool operator==(const GrpcProbe&) const = default;
};
const ProbeKind& probe_kind_of(const GrpcProbe& probe);

}  // namespace usher
