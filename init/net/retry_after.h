// The header with which a busy server says when to come back.
#pragma once

#include <chrono>
#include <string_view>

namespace usher {

// Nobody is left alone for longer than that, whatever they ask for.
inline constexpr std::chrono::milliseconds kLongestRetryAfter{300'000};

// Seconds or a date (RFC 9110) as a pause from `now` on; 0 where it is neither, or over.
std::chrono::milliseconds read_retry_after(std::string_view value,
                                           std::chrono::system_clock::time_point now);

}  // namespace usher
