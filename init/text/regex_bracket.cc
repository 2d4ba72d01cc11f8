#include "init/text/regex_bracket.h"

#include <cctype>
#include <optional>
#include <utility>

#include "init/text/regex_escape.h"

namespace usher {
namespace {

struct Class {
  std::string_view name;
  int (*holds)(int);
};
constexpr Class kClasses[] = {
    {"alnum", std::isalnum}, {"alpha", std::isalpha}, {"blank", std::isblank}, {"cntrl", std::iscntrl},
    {"digit", std::isdigit}, {"graph", std::isgraph}, {"lower", std::islower}, {"print", std::isprint},
    {"punct", std::ispunct}, {"space", std::isspace}, {"upper", std::isupper}, {"xdigit", std::isxdigit}};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  RegexBracket read() {
    result_.negated = next_is('^');
    if (result_.negated) ++at_;
    for (bool first = true; first || !next_is(']'); first = false) {
      if (at_ >= text_.size()) fail("it has an unmatched [");
      if (!result_.problem.empty()) return std::move(result_);
      element();
    }
    result_.length = at_ + 1;
    return std::move(result_);
  }

 private:
  bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  void fail(std::string problem) {
    if (result_.problem.empty()) result_.problem = std::move(problem);
  }

  // One byte, a range or a class.
  void element() {
    if (text_.substr(at_).starts_with("[:")) return named_class();
    if (text_[at_] == '\\' && at_ + 1 < text_.size())
      fail(backslash_in_bracket_problem(text_[at_ + 1]));
    const auto first = end_of_range();
    if (!first) return;
    const bool range = next_is('-') && at_ + 1 < text_.size() && text_[at_ + 1] != ']';
    if (!range) {
      result_.bytes.set(*first);
      return;
    }
    ++at_;
    const auto last = end_of_range();
    if (!last) return;
    if (*last < *first) fail("a range in brackets ends before it begins");
    for (unsigned c = *first; c <= *last; ++c) result_.bytes.set(c);
  }

  // "a", "[.a.]" or "[=a=]".
  std::optional<unsigned char> end_of_range() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("[.") || rest.starts_with("[=")) {
      const bool one = rest.size() >= 5 && rest[3] == rest[1] && rest[4] == ']';
      if (!one) return fail("[. .] and [= =] in brackets are taken of one character only"), std::nullopt;
      at_ += 5;
      return static_cast<unsigned char>(rest[2]);
    }
    if (rest.starts_with("[:")) return fail("a range in brackets cannot end with a class"), std::nullopt;
    ++at_;
    return static_cast<unsigned char>(rest[0]);
  }

  void named_class() {
    const std::size_t end = text_.find(":]", at_ + 2);
    if (end == text_.npos) return fail("it has an unmatched [:");
    const std::string_view name = text_.substr(at_ + 2, end - at_ - 2);
    at_ = end + 2;
    for (const Class& each : kClasses) {
      if (each.name != name) continue;
      for (int c = 0; c < 128; ++c)
        if (each.holds(c) != 0) result_.bytes.set(static_cast<std::size_t>(c));
      return;
    }
    fail("[:" + std::string(name.substr(0, 20)) + ":] is no class; there is [:alpha:], [:digit:], [:space:] ...");
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  RegexBracket result_;
};

}  // namespace

RegexBracket read_bracket(std::string_view text) { return Reader(text).read(); }

}  // namespace usher
