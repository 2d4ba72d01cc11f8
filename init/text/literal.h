// The text that a regular expression cannot do without. To look for it first costs a fraction of what the
// expression itself costs, and most of what a service prints does not contain it.
#pragma once

#include <string>
#include <string_view>

#include "init/text/pattern.h"

namespace usher {

// The longest run of bytes that stands in every text that the pattern matches; empty where none is sure.
// May be shorter than it could be, never wrong.
std::string required_literal(std::string_view ere, PatternOptions options = {});

}  // namespace usher
