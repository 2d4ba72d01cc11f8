// What a backslash makes of the character behind it.
#pragma once

#include <optional>
#include <string>

#include "init/text/regex_syntax.h"

namespace usher {

struct RegexEscape {
  ByteSet bytes{};                       // one of them
  std::optional<Assertion> assertion{};  // or this
  std::string problem{};                 // it has no meaning; with the form that works
};

RegexEscape read_escape(char c);

bool is_word(unsigned char c);

// In brackets a backslash stands for itself, which whoever writes "[\d]" does not mean. Empty: he may.
std::string backslash_in_bracket_problem(char c);

}  // namespace usher
