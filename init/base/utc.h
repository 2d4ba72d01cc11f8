// Time stamps as logs and reports write them. Without the C library's calendar, which reads the
// time zone's file first.
#pragma once

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

// RFC 3339 in UTC with milliseconds: 2026-11-24T08:51:56.902Z
inline std::string utc_text(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto ms = floor<milliseconds>(time);
  const auto day = floor<days>(ms);
  const year_month_day date{day};
  const hh_mm_ss clock{ms - day};
  char text[40];
  const int length =
      std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int(date.year()),
                    unsigned(date.month()), unsigned(date.day()), int(clock.hours().count()),
                    int(clock.minutes().count()), int(clock.seconds().count()),
                    int(clock.subseconds().count()));
  return std::string(text, static_cast<std::size_t>(length));
}

// What utc_text() wrote, and nothing else.
std::optional<std::chrono::sys_time<std::chrono::milliseconds>> parse_utc(std::string_view text);

}  // namespace usher
