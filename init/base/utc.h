// Time stamps as logs and reports write them. Without the C library's calendar, which reads the
// time zone's file first.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

// RFC 3339 in UTC with milliseconds: 2026-11-24T08:51:56.902Z
std::string utc_text(std::chrono::system_clock::time_point time);

// What utc_text() wrote, and nothing else.
std::optional<std::chrono::sys_time<std::chrono::milliseconds>> parse_utc(std::string_view text);

}  // namespace usher
