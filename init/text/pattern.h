// Regular expressions as `grep -E` reads them, over the C library's regcomp(3) and regexec(3).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

// A compiled POSIX extended regular expression. Bytes are matched as in the C locale (usher sets
// no other), so lines may be binary; `^` and `$` are the ends of the line.
//
// Not for use by two threads at once: matching grows the C library's tables behind a const method.
class Pattern {
 public:
  // Empty when `ere` can be compiled, else one reason why it is refused. Besides mistakes these
  // are back-references, empty patterns, patterns over 4 KiB, repetitions of what can be empty, and
  // those that multiply to something PID 1 should not hold.
  static std::string problem(std::string_view ere);

  // Nothing when problem() would name one.
  static std::optional<Pattern> compile(std::string_view ere);

  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  // Linear in the length of the line.
  bool matches(std::string_view line) const;

  // The text of capture group 1 if the pattern has one that took part in the match, else all of
  // the match. Takes the first match of the line, or the last one in a line over 4 KiB: to look
  // for the first is quadratic in the C library, which would be seconds for a long line.
  std::optional<std::string> find(std::string_view line) const;

 private:
  struct Compiled;
  explicit Pattern(std::unique_ptr<Compiled> compiled);

  std::unique_ptr<Compiled> compiled_;
};

}  // namespace usher
