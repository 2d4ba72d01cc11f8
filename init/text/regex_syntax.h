// A POSIX extended regular expression as a tree, as `grep -E` reads it in the C locale: bytes, no letters of
// more than one. What would mean something else than its author thinks is refused, with the form that works.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace usher {

using ByteSet = std::bitset<256>;

// Of the bytes at both sides of a place; an end of the text is no part of a word.
enum class Assertion : std::uint8_t {
  begin,         // ^ \`
  end,           // $ \'
  boundary,      // \b
  no_boundary,   // \B
  word_begins,   // \<
  word_ends,     // \>
};

struct RegexNode {
  enum class Kind : std::uint8_t { empty, bytes, assertion, group, sequence, choice, repeat };
  static constexpr unsigned kNoLimit = ~0U;

  Kind kind = Kind::empty;
  ByteSet bytes{};                           // one of them
  Assertion assertion = Assertion::begin;
  unsigned number = 0;                       // of a group: 1 for the first that opens
  unsigned least = 0, most = 0;              // of a repetition
  std::vector<RegexNode> parts{};            // one of a group and of a repetition
};

struct RegexSyntax {
  RegexNode tree;
  std::string problem;  // why there is none
};

RegexSyntax parse_regex(std::string_view ere, bool ignore_case = false);

}  // namespace usher
