// What readiness has found, and the parts of it that others can ask for: ${ready.host}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

struct ReadyValue {
  std::string value;
  std::string host;        // without brackets; empty: it has none
  std::uint16_t port = 0;  // 0: likewise
};

// Host and port of a multiaddr (of a relayed one the relay's), or of a text such as "web:8080".
ReadyValue parse_ready_value(std::string_view found);

// "value", "host" or "port"; nothing where there is no such part. `alone`: it is all of a text; elsewhere
// IPv6 stands in brackets, as it does before a port and in a URL. Empty where the value has no such part.
std::optional<std::string> part_of(const ReadyValue& ready, std::string_view name, bool alone);

}  // namespace usher
