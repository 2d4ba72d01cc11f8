#include "probes/pattern_cost.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace usher {
namespace {

// glibc's regcomp expands every counted repetition into copies (`x+` into two) and then computes,
// for each node, all nodes that can be reached from it without reading a byte. Memory is therefore
// linear in the copies and quadratic in the nodes that may be skipped, and the time grows
// exponentially with the assertions (`^`, `\b`) among them: `(\b|a)*` written twelve times does not
// compile in five seconds. Within these limits no pattern that we could think of took more than
// some 20 MiB and 100 ms, and an ordinary one is far from them.
constexpr std::uint64_t kMostCopies = 1024;   // beyond what is written
constexpr std::uint64_t kMostBranches = 512;  // groups, alternatives and repetitions, expanded
constexpr std::uint64_t kMostAssertions = 8;
constexpr std::uint64_t kInfinite = 1'000'000;

struct Cost {
  std::uint64_t atoms = 0;
  std::uint64_t branches = 0;
  std::uint64_t assertions = 0;

  void add(const Cost& other) {
    atoms = std::min(kInfinite, atoms + other.atoms);
    branches = std::min(kInfinite, branches + other.branches);
    assertions = std::min(kInfinite, assertions + other.assertions);
  }
  Cost times(std::uint64_t n) const {
    return {std::min(kInfinite, atoms * n), std::min(kInfinite, branches * n),
            std::min(kInfinite, assertions * n)};
  }
};

// One open parenthesis: what stands in it before its last atom, and that atom, which a quantifier
// may still multiply.
struct Level {
  Cost before;
  Cost last;

  void push(const Cost& atom) {
    before.add(last);
    last = atom;
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
    for (Level& level : levels_) {  // more than one: an unmatched '(', which regcomp will name
      total.add(level.before);
      total.add(level.last);
    }
    if (total.atoms > written_ + kMostCopies || total.branches > kMostBranches) {
      return "its repetitions multiply to more than can be compiled safely";
    }
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
      case '[': skip_bracket(); return atom({1, 0, 0});
      case '(': levels_.emplace_back(); return {};
      case ')': return close();
      case '|': levels_.back().push({0, 1, 0}); return {};
      case '^':
      case '$': return atom({1, 0, 1});
      case '*':
      case '?': return repeat(1, 1);
      case '+': return repeat(2, 1);
      case '{': return interval();
      default: return atom({1, 0, 0});
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
    const bool assertion = std::string_view("bB<>`'").find(c) != std::string_view::npos;
    return atom({1, 0, assertion ? std::uint64_t{1} : 0});
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
    Cost group{0, 2, 0};
    group.add(levels_.back().before);
    group.add(levels_.back().last);
    levels_.pop_back();
    levels_.back().push(group);
    return {};
  }

  // The last atom will stand there `copies` times, with `extra` ways to skip or repeat a copy.
  std::string_view repeat(std::uint64_t copies, std::uint64_t extra) {
    Cost& last = levels_.back().last;
    if (last.assertions > 0) return "it repeats an anchor or a word boundary";
    last = last.times(copies);
    last.add({0, extra, 0});
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
    if (at >= ere_.size() || ere_[at] != '}') return atom({1, 0, 0});
    at_ = at + 1;
    most = std::max(most, least);
    return repeat(std::max<std::uint64_t>(most, 1), most - least + (open ? 1 : 0) + 1);
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
