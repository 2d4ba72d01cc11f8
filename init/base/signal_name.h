// Signals by the names people write and read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace usher {

// "SIGTERM", "TERM", "term", "15", "SIGRTMIN+3", "RTMAX-1"; nothing for what is no signal of this
// system. Aliases (IOT, CLD, POLL) are understood.
std::optional<int> parse_signal(std::string_view text);

// "SIGTERM", "SIGRTMIN+3"; "signal 99" for a number that is none.
std::string signal_name(int signo);

}  // namespace usher
