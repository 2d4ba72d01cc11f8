#include "init/text/regex_syntax.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "init/text/regex_bracket.h"
#include "init/text/regex_escape.h"

namespace usher {
namespace {

using Kind = RegexNode::Kind;

constexpr unsigned kDeepest = 64;      // groups and repetitions within each other
constexpr unsigned kMostTimes = 32767;  // RE_DUP_MAX of the C library

ByteSet only(char c) { return ByteSet().set(static_cast<unsigned char>(c)); }

class Parser {
 public:
  Parser(std::string_view ere, bool ignore_case) : ere_(ere), ignore_case_(ignore_case) {}

  RegexSyntax parse() {
    RegexSyntax result;
    result.tree = choice(0);
    if (problem_.empty() && at_ < ere_.size()) fail("it has an unmatched )");
    result.problem = std::move(problem_);
    return result;
  }

 private:
  bool over() const { return at_ >= ere_.size() || !problem_.empty(); }
  bool next_is(char c) const { return !over() && ere_[at_] == c; }
  void fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }

  RegexNode choice(unsigned depth) {
    RegexNode node{.kind = Kind::choice};
    node.parts.push_back(sequence(depth));
    while (next_is('|')) {
      ++at_;
      node.parts.push_back(sequence(depth));
    }
    return node.parts.size() == 1 ? RegexNode(std::move(node.parts.front())) : node;
  }

  RegexNode sequence(unsigned depth) {
    RegexNode node{.kind = Kind::sequence};
    while (!over() && ere_[at_] != '|' && ere_[at_] != ')') node.parts.push_back(piece(depth));
    return node;
  }

  RegexNode piece(unsigned depth) {
    RegexNode node = atom(depth);
    for (unsigned height = depth; !over(); ++height) {
      RegexNode repeat{.kind = Kind::repeat};
      if (!quantifier(repeat)) break;
      if (node.kind == Kind::assertion) fail("it repeats an anchor or a word boundary");
      if (height > kDeepest) fail("its groups and repetitions are nested too deep");
      repeat.parts.push_back(std::move(node));
      node = std::move(repeat);
    }
    return node;
  }

  // Whether there is one.
  bool quantifier(RegexNode& repeat) {
    switch (ere_[at_]) {
      case '*': repeat.most = RegexNode::kNoLimit; break;
      case '+': repeat.least = 1, repeat.most = RegexNode::kNoLimit; break;
      case '?': repeat.most = 1; break;
      case '{': ++at_; interval(repeat); return true;
      default: return false;
    }
    ++at_;
    return true;
  }

  // {m}, {m,}, {,n} or {m,n}; `at_` is behind the brace.
  void interval(RegexNode& repeat) {
    const auto least = number();
    auto most = least;
    const bool comma = next_is(',');
    if (comma) {
      ++at_;
      most = next_is('}') ? std::optional(RegexNode::kNoLimit) : number();
    }
    const bool empty = !most || (!least && !comma);
    if (!next_is('}') || empty)
      return fail(R"(a { begins a repetition such as {2,5}; write \{ for the brace itself)");
    ++at_;
    repeat.least = least.value_or(0);
    repeat.most = *most;
    const bool too_many = repeat.least > kMostTimes ||
                          (repeat.most != RegexNode::kNoLimit && repeat.most > kMostTimes);
    if (too_many) fail("its repetitions multiply to more than can be compiled safely");
    if (repeat.most < repeat.least) fail("a repetition {m,n} has m above n");
  }

  std::optional<unsigned> number() {
    std::optional<unsigned> value;
    for (; !over() && ere_[at_] >= '0' && ere_[at_] <= '9'; ++at_)
      value = std::min(kMostTimes + 1, value.value_or(0) * 10 + static_cast<unsigned>(ere_[at_] - '0'));
    return value;
  }

  RegexNode atom(unsigned depth) {
    const char c = ere_[at_++];
    switch (c) {
      case '(': return group(depth);
      case '[': return bracket();
      case '\\': return escape();
      case '.': return bytes(ByteSet().set());
      case '^': return {.kind = Kind::assertion, .assertion = Assertion::begin};
      case '$': return {.kind = Kind::assertion, .assertion = Assertion::end};
      case '*':
      case '+':
      case '?':
      case '{': fail(std::string(1, c) + " has nothing before it to repeat; write \\" + c + " for itself"); return {};
      default: return bytes(only(c));
    }
  }

  RegexNode group(unsigned depth) {
    if (next_is('?')) {
      fail("(?" + std::string(ere_.substr(at_ + 1, 1)) +
           " is Perl's: a group is ( ) only; letters of both cases are [Rr][Ee] ...");
      return {};
    }
    RegexNode node{.kind = Kind::group, .number = ++groups_};
    if (depth >= kDeepest) {
      fail("its groups and repetitions are nested too deep");
      return node;
    }
    node.parts.push_back(choice(depth + 1));
    if (!next_is(')')) fail("it has an unmatched (");
    ++at_;
    return node;
  }

  RegexNode bracket() {
    RegexBracket read = read_bracket(ere_.substr(at_));
    if (!read.problem.empty()) fail(std::move(read.problem));
    at_ += read.length;
    ByteSet set = read.bytes;
    if (ignore_case_) set = both_cases(set);
    return bytes(read.negated ? ~set : set, false);
  }

  RegexNode escape() {
    if (at_ >= ere_.size()) {
      fail("it ends with a backslash");
      return {};
    }
    const char c = ere_[at_++];
    RegexEscape read = read_escape(c);
    if (!read.problem.empty()) fail(std::move(read.problem));
    if (read.assertion) return {.kind = Kind::assertion, .assertion = *read.assertion};
    return bytes(read.bytes);
  }

  RegexNode bytes(const ByteSet& set, bool fold = true) const {
    return {.kind = Kind::bytes, .bytes = fold && ignore_case_ ? both_cases(set) : set};
  }

  static ByteSet both_cases(const ByteSet& set) {
    ByteSet both = set;
    for (int c = 'a'; c <= 'z'; ++c) {
      const auto lower = static_cast<std::size_t>(c), upper = lower - 'a' + 'A';
      if (set[lower] || set[upper]) both.set(lower).set(upper);
    }
    return both;
  }

  const std::string_view ere_;
  const bool ignore_case_;
  std::size_t at_ = 0;
  unsigned groups_ = 0;
  std::string problem_;
};

}  // namespace

RegexSyntax parse_regex(std::string_view ere, bool ignore_case) {
  return Parser(ere, ignore_case).parse();
}

}  // namespace usher
