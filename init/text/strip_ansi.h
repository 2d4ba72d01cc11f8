// Takes colours and other terminal control out of a line, to look at what a person would read.
#pragma once

#include <string>
#include <string_view>

namespace usher {

inline bool has_ansi(std::string_view line) { return line.find('\x1b') != std::string_view::npos; }

// Without escape sequences (ECMA-48: CSI, the string sequences such as OSC, and the short ones).
// An incomplete one at the end goes, too.
std::string strip_ansi(std::string_view line);

}  // namespace usher
