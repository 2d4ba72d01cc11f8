// The text that a regular expression cannot do without. To look for it first costs a hundredth of
// what the expression itself costs, and most of what a service prints does not contain it.
#pragma once

#include <string>
#include <string_view>

namespace usher {

// The longest run of bytes that stands in every line that the POSIX extended regular expression
// matches; empty where none is sure. May be shorter than it could be, never wrong.
std::string required_literal(std::string_view ere);

}  // namespace usher
