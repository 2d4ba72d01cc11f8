// Where the match is, and group 1 in it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "init/text/regex_program.h"

namespace usher {

struct RegexMatch {
  std::size_t begin = 0, end = 0;
};

// Of group 1 where it took part, else of all of the match: the one that begins first, and of those the one
// that ends last. Nothing: there is none, or it would take too long to find.
std::optional<RegexMatch> capture(const RegexProgram& program, std::string_view text);

}  // namespace usher
