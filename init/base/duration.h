// Durations as people write them: "250ms", "30s", "5m", "1.5h", "1m30s", "2d", or whole seconds; and a
// share of another one, "80% of 3m", for limits inside of somebody else's that a variable gives.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

// Nothing for text that is no duration, is negative, exceeds a year, or has a part finer than a
// millisecond. Units go from large to small and have no space before them.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// An exact short form that parse_duration reads back: "250ms", "1.5s", "90s", "5m", "0s".
std::string format_duration(std::chrono::milliseconds value);

}  // namespace usher
