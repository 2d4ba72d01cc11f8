// A bracket expression: "[]a-z]", "[^]]", "[[:alpha:]_]".
#pragma once

#include <string>
#include <string_view>

#include "init/text/regex_syntax.h"

namespace usher {

struct RegexBracket {
  ByteSet bytes;         // that are named
  bool negated = false;  // all others are meant
  std::size_t length = 0;
  std::string problem;
};

// `text` begins behind the '['.
RegexBracket read_bracket(std::string_view text);

}  // namespace usher
