// What is wrong with a text that is no TOML, in words of its author, and how to read on behind it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

struct SyntaxProblem {
  unsigned line = 0, column = 0;  // as the parser counts: in characters, from 1
  std::string why;
};

// A text that is not UTF-8 throughout, and what it may be instead.
std::optional<SyntaxProblem> problem_of_encoding(std::string_view text);

// The parser's own words, or better ones where the text shows what was meant.
std::string explain_syntax(std::string_view text, const SyntaxProblem& problem);

// Puts blanks in the place of what the parser stopped at: a key with its value, or a header with all
// that belongs to it. False where it cannot be told what that is.
bool pass_over(std::string& text, unsigned line);

// Where the header of a table begins that has been there before; nothing if the problem is another.
std::optional<std::size_t> begin_of_second_table(std::string_view text, const SyntaxProblem& problem);

}  // namespace usher
