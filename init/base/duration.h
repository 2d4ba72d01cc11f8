// Durations as people write them: "250ms", "30s", "5m", "1.5h", "1m30s", or whole seconds.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

// Nothing for text that is no duration, is negative, or exceeds a year.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// The shortest exact form that parse_duration reads back: "250ms", "30s", "5m", "0s".
std::string format_duration(std::chrono::milliseconds value);

}  // namespace usher
