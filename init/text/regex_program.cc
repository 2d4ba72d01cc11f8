#include "init/text/regex_program.h"

#include <algorithm>

#include "init/text/regex_escape.h"

namespace usher {
namespace {

using Kind = RegexNode::Kind;
using Op = RegexInstruction::Op;

// Parts of the tree that are looked at, those that are repeated again each time: "((){999}){999}" makes no
// instruction at all.
constexpr std::size_t kMostWork = 16 * RegexProgram::kMost;

// Writes each part before what comes ahead of it, so that a part knows where to go on.
class Writer {
 public:
  explicit Writer(RegexProgram& program) : program_(program) {}

  bool write(const RegexNode& tree) {
    const std::uint16_t match = add({.op = Op::match});
    program_.start = write(tree, match);
    return !too_large_;
  }

 private:
  std::uint16_t add(const RegexInstruction& instruction) {
    too_large_ |= program_.code.size() >= RegexProgram::kMost;
    if (too_large_) return 0;
    program_.code.push_back(instruction);
    return static_cast<std::uint16_t>(program_.code.size() - 1);
  }

  // Returns where it begins; it goes on at `next`.
  std::uint16_t write(const RegexNode& node, std::uint16_t next) {
    too_large_ |= ++work_ > kMostWork;
    if (too_large_) return 0;
    switch (node.kind) {
      case Kind::empty: return next;
      case Kind::bytes: return add({.op = Op::bytes, .argument = set_number(node.bytes), .next = next});
      case Kind::assertion:
        return add({.op = Op::assertion, .argument = static_cast<std::uint16_t>(node.assertion), .next = next});
      case Kind::group: return write_group(node, next);
      case Kind::sequence:
        for (auto part = node.parts.rbegin(); part != node.parts.rend(); ++part) next = write(*part, next);
        return next;
      case Kind::choice: return write_choice(node, next);
      case Kind::repeat: return write_repeat(node, next);
    }
    return next;
  }

  std::uint16_t write_group(const RegexNode& node, std::uint16_t next) {
    if (node.number != 1) return write(node.parts[0], next);
    program_.has_group = true;
    const std::uint16_t end = add({.op = Op::group_end, .next = next});
    return add({.op = Op::group_begin, .next = write(node.parts[0], end)});
  }

  std::uint16_t write_choice(const RegexNode& node, std::uint16_t next) {
    std::uint16_t begin = write(node.parts.back(), next);
    for (std::size_t i = node.parts.size() - 1; i-- > 0;)
      begin = add({.op = Op::fork, .next = write(node.parts[i], next), .other = begin});
    return begin;
  }

  std::uint16_t write_repeat(const RegexNode& node, std::uint16_t next) {
    const RegexNode& part = node.parts[0];
    unsigned needed = node.least;
    std::uint16_t begin = next;
    if (node.most == RegexNode::kNoLimit) {
      const std::uint16_t again = add({.op = Op::fork, .other = next});
      const std::uint16_t body = write(part, again);
      if (!too_large_) program_.code[again].next = body;
      begin = needed > 0 ? body : again;
      needed -= needed > 0;
    } else {
      for (unsigned i = node.least; i < node.most && !too_large_; ++i)
        begin = add({.op = Op::fork, .next = write(part, begin), .other = next});
    }
    for (; needed > 0 && !too_large_; --needed) begin = write(part, begin);
    return begin;
  }

  std::uint16_t set_number(const ByteSet& set) {
    const auto found = std::find(program_.sets.begin(), program_.sets.end(), set);
    if (found == program_.sets.end()) {
      program_.sets.push_back(set);
      return static_cast<std::uint16_t>(program_.sets.size() - 1);
    }
    return static_cast<std::uint16_t>(found - program_.sets.begin());
  }

  RegexProgram& program_;
  std::size_t work_ = 0;
  bool too_large_ = false;
};

// Splits each class by whether the bytes are in the set.
void refine(RegexProgram& program, const ByteSet& set) {
  constexpr int kNone = -1;
  std::array<std::array<int, 2>, 256> numbers;  // of a class, without and with the set
  for (auto& each : numbers) each = {kNone, kNone};
  program.examples.clear();
  for (std::size_t byte = 0; byte < 256; ++byte) {
    std::uint8_t& number = program.class_of[byte];
    int& refined = numbers[number][set[byte] ? 1 : 0];
    if (refined == kNone) {
      refined = static_cast<int>(program.examples.size());
      program.examples.push_back(static_cast<std::uint8_t>(byte));
    }
    number = static_cast<std::uint8_t>(refined);
  }
}

}  // namespace

RegexProgram compile_regex(const RegexNode& tree) {
  RegexProgram program;
  if (!Writer(program).write(tree)) return {};
  ByteSet words;
  for (std::size_t c = 0; c < words.size(); ++c) words[c] = is_word(static_cast<unsigned char>(c));
  refine(program, words);
  for (const ByteSet& set : program.sets) refine(program, set);
  return program;
}

bool holds(Assertion assertion, const RegexPlace& place) {
  switch (assertion) {
    case Assertion::begin: return place.at_begin;
    case Assertion::end: return place.at_end;
    case Assertion::boundary: return place.after_word != place.before_word;
    case Assertion::no_boundary: return place.after_word == place.before_word;
    case Assertion::word_begins: return !place.after_word && place.before_word;
    case Assertion::word_ends: return place.after_word && !place.before_word;
  }
  return false;
}

}  // namespace usher
