// Finds the address in a line that a node prints about itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace usher {

// The first multiaddr in the line that somebody could dial: alone, in quotes or brackets, in a Go
// slice, behind "address=", with a full stop behind it. Not inside a path or a URL. Linear in the
// length of the line.
std::optional<std::string> find_multiaddr(std::string_view line, bool allow_loopback);

}  // namespace usher
