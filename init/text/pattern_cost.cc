#include "init/text/pattern_cost.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace usher {
namespace {

// glibc's regcomp expands every counted repetition into copies (`x+` into two) and then computes,
// for each node, all nodes that can be reached from it without reading a byte. Memory is therefore
// linear in the copies and quadratic in the nodes that may be skipped. The time grows with the cube
// of the groups and alternatives that can be empty, and exponentially with two things: assertions
// among them (`(\b|a)*` written twelve times does not compile in five seconds), and repetitions of
// what can be empty (nor does `(a*|b*)*` written sixteen times, or `a?++++++`). Within these limits
// no pattern that we could think of took more than some 20 MiB and 150 ms, and an ordinary one is
// far from them.
constexpr std::uint64_t kMostCopies = 1024;   // beyond what is written
constexpr std::uint64_t kMostBranches = 512;  // groups, alternatives and repetitions, expanded
constexpr std::uint64_t kMostAssertions = 8;
constexpr std::uint64_t kMostSkips = 64;  // groups, alternatives and `x*?` that can be empty
constexpr std::uint64_t kMostSkipsByAssertions = 128;  // the product of both, and one for `^.*`
constexpr std::uint64_t kInfinite = 1'000'000;

struct Cost {
  std::uint64_t atoms = 0;
  std::uint64_t branches = 0;
  std::uint64_t assertions = 0;
  bool can_be_empty = true;
  std::uint64_t skips = 0;

  // What follows this.
  void add(const Cost& other) {
    atoms = std::min(kInfinite, atoms + other.atoms);
    branches = std::min(kInfinite, branches + other.branches);
    assertions = std::min(kInfinite, assertions + other.assertions);
    skips = std::min(kInfinite, skips + other.skips);
    can_be_empty &= other.can_be_empty;
  }
  Cost times(std::uint64_t n) const {
    return {std::min(kInfinite, atoms * n), std::min(kInfinite, branches * n),
            std::min(kInfinite, assertions * n), can_be_empty, std::min(kInfinite, skips * n)};
  }
};

Cost one_byte() { return {1, 0, 0, false, 0}; }
Cost assertion() { return {1, 0, 1, true, 0}; }

// Of something that is there: a quantifier at the beginning has nothing before it.
bool can_be_empty(const Cost& atom) { return atom.can_be_empty && atom.atoms + atom.branches > 0; }

// One open parenthesis: what stands in it before its last atom, and that atom, which a quantifier
// may still multiply.
struct Level {
  Cost before;
  Cost last;
  Cost alternatives{0, 0, 0, false, 0};  // those that have ended
  std::uint64_t bars = 0;

  void push(const Cost& atom) {
    before.add(last);
    last = atom;
  }
  void end_alternative() {
    before.add(last);
    const bool empty = alternatives.can_be_empty || before.can_be_empty;
    alternatives.add(before);
    alternatives.can_be_empty = empty;
    before = last = Cost{};
  }
  // The last call.
  Cost all() {
    end_alternative();
    alternatives.branches += bars;
    if (alternatives.can_be_empty) alternatives.skips += bars;
    return alternatives;
  }
};

class CostReader {
 public:
  explicit CostReader(std::string_view ere) : ere_(ere), levels_(1) {}

  std::string_view problem() {
    while (at_ < ere_.size()) {
      const std::string_view why = step();
      if (!why.empty()) return why;
    }
    Cost total;
    for (Level& level : levels_) total.add(level.all());  // an unmatched '(' is named by regcomp
    if (total.atoms > written_ + kMostCopies || total.branches > kMostBranches) {
      return "its repetitions multiply to more than can be compiled safely";
    }
    if (total.skips > kMostSkips || total.skips * (total.assertions + 1) > kMostSkipsByAssertions)
      return "too many groups and alternatives in it can be empty";
    if (total.assertions > kMostAssertions) {
      return "it has more than 8 anchors and word boundaries";
    }
    return {};
  }

 private:
  std::string_view step() {
    const char c = ere_[at_++];
    switch (c) {
      case '\\': return escape();
      case '[': skip_bracket(); return atom(one_byte());
      case '(': levels_.emplace_back(); return {};
      case ')': return close();
      case '|': levels_.back().end_alternative(); ++levels_.back().bars; return {};
      case '^':
      case '$': return atom(assertion());
      case '*': return repeat(1, 1, true);
      case '?': return make_optional();
      case '+': return repeat(2, 1, false);
      case '{': return interval();
      default: return atom(one_byte());
    }
  }

  std::string_view atom(const Cost& cost) {
    ++written_;
    levels_.back().push(cost);
    return {};
  }

  std::string_view escape() {
    if (at_ == ere_.size()) return {};  // regcomp says so
    const char c = ere_[at_++];
    if (c >= '1' && c <= '9') {
      return "back-references are not allowed: they can take exponential time";
    }
    const bool asserts = std::string_view("bB<>`'").find(c) != std::string_view::npos;
    return atom(asserts ? assertion() : one_byte());
  }

  // `at_` is behind the '['. A ']' that comes first is itself, and so is one within [: :] and kin.
  void skip_bracket() {
    if (at_ < ere_.size() && ere_[at_] == '^') ++at_;
    if (at_ < ere_.size() && ere_[at_] == ']') ++at_;
    while (at_ < ere_.size()) {
      const char c = ere_[at_++];
      if (c == ']') return;
      if (c != '[' || at_ == ere_.size()) continue;
      const char kind = ere_[at_];
      if (kind != ':' && kind != '.' && kind != '=') continue;
      const char end[] = {kind, ']'};
      const std::size_t close = ere_.find(std::string_view(end, 2), at_ + 1);
      at_ = close == std::string_view::npos ? ere_.size() : close + 2;
    }
  }

  std::string_view close() {
    if (levels_.size() == 1) return "it has an unmatched )";
    Cost group = levels_.back().all();
    levels_.pop_back();
    group.branches += 2;
    if (group.can_be_empty) group.skips += 2;
    levels_.back().push(group);
    return {};
  }

  // The last atom will stand there `copies` times, with `extra` ways to skip or repeat a copy.
  std::string_view repeat(std::uint64_t copies, std::uint64_t extra, bool none_will_do) {
    Cost& last = levels_.back().last;
    if (last.assertions > 0) return "it repeats an anchor or a word boundary";
    if (can_be_empty(last)) return "it repeats what can be empty";
    last = last.times(copies);
    last.branches = std::min(kInfinite, last.branches + extra);
    last.can_be_empty |= none_will_do;
    return {};
  }

  std::string_view make_optional() {
    Cost& last = levels_.back().last;
    if (last.assertions > 0) return "it repeats an anchor or a word boundary";
    if (can_be_empty(last)) ++last.skips;
    ++last.branches;
    last.can_be_empty = true;
    return {};
  }

  // {m}, {m,}, {,n} or {m,n}. What is none of these stays for regcomp to refuse or take literally.
  std::string_view interval() {
    std::size_t at = at_;
    const std::uint64_t least = number(at);
    std::uint64_t most = least;
    bool open = false;
    if (at < ere_.size() && ere_[at] == ',') {
      ++at;
      open = at < ere_.size() && ere_[at] == '}';
      most = open ? least + 1 : number(at);
    }
    if (at >= ere_.size() || ere_[at] != '}') return atom(one_byte());
    at_ = at + 1;
    most = std::max(most, least);
    return repeat(std::max<std::uint64_t>(most, 1), most - least + (open ? 1 : 0) + 1, least == 0);
  }

  std::uint64_t number(std::size_t& at) const {
    std::uint64_t value = 0;
    for (; at < ere_.size() && ere_[at] >= '0' && ere_[at] <= '9'; ++at) {
      value = std::min(kInfinite, value * 10 + static_cast<std::uint64_t>(ere_[at] - '0'));
    }
    return value;
  }

  std::string_view ere_;
  std::size_t at_ = 0;
  std::uint64_t written_ = 0;
  std::vector<Level> levels_;
};

}  // namespace

std::string_view pattern_cost_problem(std::string_view ere) { return CostReader(ere).problem(); }

}  // namespace usher
