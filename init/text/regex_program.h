// A regular expression as instructions of a machine that is in several places at once (after Thompson and
// Pike), so that its time is bounded by their number for each byte, whatever the text is.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "init/text/regex_syntax.h"

namespace usher {

struct RegexInstruction {
  enum class Op : std::uint8_t {
    bytes,       // takes a byte of set `argument`
    assertion,   // goes on where Assertion(argument) holds
    fork,        // goes on at `next`, and at `other`
    group_begin, // of group 1
    group_end,
    match,
  };
  Op op = Op::match;
  std::uint16_t argument = 0, next = 0, other = 0;
};

struct RegexProgram {
  static constexpr std::size_t kMost = 4096;  // instructions

  std::vector<RegexInstruction> code;
  std::uint16_t start = 0;
  bool has_group = false;
  std::vector<ByteSet> sets;
  // Bytes that no set and no assertion tells apart have one number, so that tables are narrow.
  std::array<std::uint8_t, 256> class_of{};
  std::vector<std::uint8_t> examples;  // one byte of each class

  bool takes(const RegexInstruction& instruction, unsigned char byte) const {
    return sets[instruction.argument][byte];
  }
};

// At most kMost instructions; empty code: it would take more.
RegexProgram compile_regex(const RegexNode& tree);

// What is at both sides of a place.
struct RegexPlace {
  bool at_begin, at_end, after_word, before_word;
};
bool holds(Assertion assertion, const RegexPlace& place);

}  // namespace usher
