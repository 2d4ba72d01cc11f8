#include "init/text/regex_scan.h"

#include <algorithm>
#include <utility>

#include "init/text/regex_escape.h"

namespace usher {

using Op = RegexInstruction::Op;

bool RegexScan::matches(std::string_view text) {
  if (states_.empty()) begin();
  work_ = kMostWork;
  const std::size_t columns = width();
  Row at = 0;
  for (const char c : text) {
    const unsigned symbol = program_.class_of[static_cast<unsigned char>(c)];
    Row next = table_[at * columns + symbol];
    if (next == kUnknown) next = step(at, symbol);
    if (next >= kTooMuch) return next == kMatch;
    at = next;
  }
  const Row last = table_[at * columns + end_symbol()];
  return (last == kUnknown ? step(at, end_symbol()) : last) == kMatch;
}

void RegexScan::begin() {
  states_.clear();
  table_.clear();
  places_ = 0;
  seen_.assign(program_.code.size(), 0);
  walk_ = 0;
  number_of({{program_.start}, true, false, 0});
}

// What follows a state on a symbol. kMatch: a match has ended before that symbol.
RegexScan::Row RegexScan::step(Row from, unsigned symbol) {
  const std::size_t cell = from * width() + symbol;
  if (reaches_match(states_[from], symbol)) return table_[cell] = kMatch;
  if (work_ == 0) return kTooMuch;
  if (symbol == end_symbol()) return table_[cell] = 0;  // anything but a match
  State next;
  behind_.push_back(program_.start);  // a match may begin behind each byte
  std::sort(behind_.begin(), behind_.end());
  behind_.erase(std::unique(behind_.begin(), behind_.end()), behind_.end());
  next.places = behind_;
  next.after_word = is_word(program_.examples[symbol]);
  const std::size_t before = states_.size();
  const Row number = number_of(std::move(next));
  if (states_.size() >= before) table_[cell] = number;  // else the row has gone
  return number;
}

RegexScan::Row RegexScan::number_of(State&& state) {
  state.hash = state.after_word;
  for (const std::uint16_t place : state.places) state.hash = state.hash * 0x9E3779B1U + place + 1;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const State& known = states_[i];
    if (known.hash == state.hash && known.at_begin == state.at_begin &&
        known.after_word == state.after_word && known.places == state.places)
      return static_cast<Row>(i);
  }
  if (states_.size() >= kMostStates || places_ + state.places.size() > kMostPlaces) {
    if (!state.at_begin) begin();
  }
  places_ += state.places.size();
  states_.push_back(std::move(state));
  table_.resize(states_.size() * width(), kUnknown);
  return static_cast<Row>(states_.size() - 1);
}

// Goes to all places that can be reached without reading on; behind_ has those behind the symbol.
bool RegexScan::reaches_match(const State& from, unsigned symbol) {
  const bool over = symbol == end_symbol();
  const unsigned char byte = over ? 0 : program_.examples[symbol];
  const RegexPlace place{from.at_begin, over, from.after_word, !over && is_word(byte)};
  ++walk_;
  behind_.clear();
  open_ = from.places;
  while (!open_.empty() && work_ > 0) {
    const std::uint16_t at = open_.back();
    open_.pop_back();
    if (std::exchange(seen_[at], walk_) == walk_) continue;
    --work_;
    const RegexInstruction& instruction = program_.code[at];
    if (instruction.op == Op::match) return true;
    if (instruction.op == Op::bytes) {
      if (!over && program_.takes(instruction, byte)) behind_.push_back(instruction.next);
      continue;
    }
    const bool goes_on = instruction.op != Op::assertion ||
                         holds(static_cast<Assertion>(instruction.argument), place);
    if (goes_on) open_.push_back(instruction.next);
    if (instruction.op == Op::fork) open_.push_back(instruction.other);
  }
  return false;
}

}  // namespace usher
