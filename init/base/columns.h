// Texts on a terminal, where a line has so many columns.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace usher {

// One for each character of UTF-8.
std::size_t text_columns(std::string_view text);

// At most that many columns, with an ellipsis where something is cut off; 0: as it is.
std::string shortened(std::string_view text, std::size_t most);

// "850ms", "12s", "2m10s", "3h05m", "4d02h": as exact as somebody looking at it wants it.
std::string brief(std::chrono::milliseconds duration);

// Takes away the line that the cursor is in.
inline constexpr std::string_view kEraseLine = "\r\x1b[K";

// Takes its place: how long it has been waited, of how long at most (0: for ever), and for what.
std::string moving_line(std::chrono::milliseconds since, std::chrono::milliseconds most, std::string_view what,
                        std::size_t columns);

}  // namespace usher
