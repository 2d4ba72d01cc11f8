// Capabilities by the names people write, with "CAP_" or without: "NET_BIND_SERVICE".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

// A bit for each number.
using Capabilities = std::uint64_t;
constexpr Capabilities capability_bit(int number) { return Capabilities{1} << number; }

std::optional<int> parse_capability(std::string_view text);
// "CHOWN, DAC_OVERRIDE, ...": all there are.
std::string known_capabilities();

}  // namespace usher
