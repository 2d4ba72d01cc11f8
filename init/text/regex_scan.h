// Whether a text has a match at all: one look-up a byte in a table that is made as it is needed.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "init/text/regex_program.h"

namespace usher {

class RegexScan {
 public:
  // Instructions that may be looked at for one text, some milliseconds of them. Only a text that was made
  // for it, against a pattern that lends itself to it, comes near.
  static constexpr std::size_t kMostWork = 2'000'000;

  // It outlives this, and is complete when matches() is called first.
  explicit RegexScan(const RegexProgram& program) : program_(program) {}

  bool matches(std::string_view text);

 private:
  // Where the machine is before it reads on: places in the program, and what the byte before says.
  struct State {
    std::vector<std::uint16_t> places;
    bool at_begin = false, after_word = false;
    std::size_t hash = 0;
  };
  using Row = std::uint16_t;
  static constexpr Row kUnknown = 0xFFFF, kMatch = 0xFFFE, kTooMuch = 0xFFFD;
  static constexpr std::size_t kMostStates = 64;
  static constexpr std::size_t kMostPlaces = 16 * 1024;  // in all states

  void begin();
  Row number_of(State&& state);
  Row step(Row from, unsigned symbol);
  bool reaches_match(const State& from, unsigned symbol);
  std::size_t width() const { return program_.examples.size() + 1; }
  // Stands for no byte: the text is over.
  unsigned end_symbol() const { return static_cast<unsigned>(program_.examples.size()); }

  const RegexProgram& program_;
  std::vector<State> states_;  // the first is that of the beginning; all go when there are too many
  std::vector<Row> table_;     // for each state and symbol, the state that follows
  std::size_t places_ = 0;
  std::size_t work_ = 0;  // left for this text

  std::vector<std::uint32_t> seen_;  // the walk in which each place was seen last
  std::uint32_t walk_ = 0;
  std::vector<std::uint16_t> open_;    // of this walk, to be looked at
  std::vector<std::uint16_t> behind_;  // places behind the byte
};

}  // namespace usher
