// Regular expressions as `grep -E` reads them, in time that nobody's text decides.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

struct PatternOptions {
  bool ignore_case = false;  // of ASCII letters
};

// A compiled POSIX extended regular expression, with the \w \W \s \S \b \B \< \> of grep. Bytes are matched
// as in the C locale, so text may be binary, NUL included. `^` and `$` are the ends of the text that is
// looked at, `.` is any byte: a newline is one like all others, so `^` does not match behind it.
//
// Not for use by two threads at once: a const method keeps what it has learnt.
class Pattern {
 public:
  // Empty when `ere` can be compiled, else one reason why it is refused, with the form that works where
  // there is one: besides mistakes these are back-references, what other dialects write (\d, (?:a)), empty
  // patterns, those over 4 KiB, and those whose repetitions multiply to more than 4096 instructions.
  static std::string problem(std::string_view ere, PatternOptions options = {});

  // Nothing when problem() would name one.
  static std::optional<Pattern> compile(std::string_view ere, PatternOptions options = {});

  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  // One look at each byte, and rarely more: a text that would take over some milliseconds does not match.
  bool matches(std::string_view text) const;

  // The text of capture group 1 if the pattern has one that took part in the match, else all of the match:
  // the first in the text, and of those that begin there the longest. Where several ways lead to it,
  // repetitions take as much as they can and the first alternative wins.
  std::optional<std::string> find(std::string_view text) const;

 private:
  struct Compiled;
  explicit Pattern(std::unique_ptr<Compiled> compiled);

  std::unique_ptr<Compiled> compiled_;
};

}  // namespace usher
