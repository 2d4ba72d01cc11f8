#include "init/text/regex_capture.h"

#include <utility>
#include <vector>

#include "init/text/regex_escape.h"

namespace usher {
namespace {

using Op = RegexInstruction::Op;

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
// Some ten milliseconds. Only a line that matches is looked at like this.
constexpr std::size_t kMostWork = 4'000'000;

// One of the ways in which the text is read, at some place of the program.
struct Way {
  std::uint16_t place = 0;
  std::size_t begin = 0;
  std::size_t group_begin = kNowhere, group_end = kNowhere;
};

class Capture {
 public:
  Capture(const RegexProgram& program, std::string_view text)
      : program_(program), text_(text), seen_(program.code.size(), kNowhere) {}

  std::optional<RegexMatch> run() {
    for (at_ = 0; at_ <= text_.size(); ++at_) {
      // The earlier a way begins the more it counts; the first of several at one place is kept.
      if (!found_) ways_.push_back({.place = program_.start, .begin = at_});
      if (ways_.empty()) break;
      next_.clear();
      for (const Way& way : ways_) follow(way);
      std::swap(ways_, next_);
      if (work_ > kMostWork) return std::nullopt;
    }
    if (!found_) return std::nullopt;
    if (best_.group_end == kNowhere) return RegexMatch{best_.begin, end_};
    return RegexMatch{best_.group_begin, best_.group_end};
  }

 private:
  // To all places that can be reached without reading on, what is preferred first.
  void follow(const Way& from) {
    if (found_ && from.begin > best_.begin) return;
    open_.push_back(from);
    while (!open_.empty()) {
      const Way way = open_.back();
      open_.pop_back();
      if (std::exchange(seen_[way.place], at_) != at_) look(way);
    }
  }

  void look(Way way) {
    ++work_;
    const RegexInstruction& instruction = program_.code[way.place];
    way.place = instruction.next;
    switch (instruction.op) {
      case Op::match: keep(way); return;
      case Op::bytes:
        if (at_ < text_.size() && program_.takes(instruction, byte(at_))) next_.push_back(way);
        return;
      case Op::assertion:
        if (!holds(static_cast<Assertion>(instruction.argument), here())) return;
        break;
      case Op::fork: {
        Way other = way;
        other.place = instruction.other;
        open_.push_back(other);
        break;
      }
      case Op::group_begin: way.group_begin = at_; break;
      case Op::group_end: way.group_end = at_; break;
    }
    open_.push_back(way);
  }

  void keep(const Way& way) {
    const bool better = !found_ || way.begin < best_.begin || at_ > end_;
    if (!better) return;
    found_ = true;
    best_ = way;
    end_ = at_;
  }

  unsigned char byte(std::size_t at) const { return static_cast<unsigned char>(text_[at]); }
  RegexPlace here() const {
    return {at_ == 0, at_ == text_.size(), at_ > 0 && is_word(byte(at_ - 1)),
            at_ < text_.size() && is_word(byte(at_))};
  }

  const RegexProgram& program_;
  const std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::size_t> seen_;  // where in the text each place was seen last
  std::vector<Way> ways_, next_, open_;
  std::size_t work_ = 0;
  bool found_ = false;
  Way best_;
  std::size_t end_ = 0;
};

}  // namespace

std::optional<RegexMatch> capture(const RegexProgram& program, std::string_view text) {
  return Capture(program, text).run();
}

}  // namespace usher
