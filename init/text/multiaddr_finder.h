// Finds the address in a line that a node prints about itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "init/text/multiaddr.h"

namespace usher {

// An address that nobody else can dial.
struct UndialableMultiaddr {
  std::string text;  // empty: none
  Dialability why = Dialability::no_address;
};
// For people: `"/ip4/0.0.0.0/tcp/4001" does not count: ...`.
std::string explain(const UndialableMultiaddr& address);

// The first multiaddr in the line that somebody could dial: alone, in quotes or brackets, in a Go
// slice, behind "address=", with a full stop behind it. Not inside a path or a URL. Linear in the
// length of the line. `passed_over` gets the last one that could not be dialled, if there was one.
std::optional<std::string> find_multiaddr(std::string_view line, bool allow_loopback,
                                          UndialableMultiaddr* passed_over = nullptr);

}  // namespace usher
