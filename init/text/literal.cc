#include "init/text/literal.h"

#include <cstddef>

namespace usher {
namespace {

// Past the bracket expression that begins at `i`: "[]a-z]", "[^]]", "[[:alpha:]]".
std::size_t skip_bracket(std::string_view ere, std::size_t i) {
  ++i;
  if (i < ere.size() && ere[i] == '^') ++i;
  if (i < ere.size() && ere[i] == ']') ++i;
  while (i < ere.size() && ere[i] != ']') {
    const bool named = ere[i] == '[' && i + 1 < ere.size() &&
                       (ere[i + 1] == ':' || ere[i + 1] == '.' || ere[i + 1] == '=');
    if (!named) {
      ++i;
      continue;
    }
    const char close[] = {ere[i + 1], ']', '\0'};
    const auto end = ere.find(close, i + 2);
    if (end == std::string_view::npos) return ere.size();
    i = end + 2;
  }
  return i + 1;
}

// Past the group that begins at `i`, whatever is inside.
std::size_t skip_group(std::string_view ere, std::size_t i) {
  unsigned depth = 0;
  while (i < ere.size()) {
    if (ere[i] == '\\') {
      i += 2;
    } else if (ere[i] == '[') {
      i = skip_bracket(ere, i);
    } else {
      if (ere[i] == '(') ++depth;
      if (ere[i] == ')' && --depth == 0) return i + 1;
      ++i;
    }
  }
  return i;
}

bool is_quantifier(char c) { return c == '*' || c == '+' || c == '?' || c == '{'; }

// Whether what ends before `i` is needed at least once. A quantifier applies to what the one before
// it has made: "a+?" is an optional "a+".
bool is_needed(std::string_view ere, std::size_t i) {
  while (i < ere.size() && ere[i] == '+') ++i;
  return i >= ere.size() || !is_quantifier(ere[i]);
}

// A backslash makes these a class, an anchor or a reference; everything else it makes plain.
bool is_plain_escape(char c) {
  return std::string_view("wWsSbB<>`'123456789").find(c) == std::string_view::npos;
}

class Runs {
 public:
  void add(char c) { run_ += c; }
  void end() {
    if (run_.size() > longest_.size()) longest_ = run_;
    run_.clear();
  }
  std::string longest() {
    end();
    return longest_;
  }

 private:
  std::string run_, longest_;
};

}  // namespace

std::string required_literal(std::string_view ere) {
  Runs runs;
  std::size_t i = 0;
  while (i < ere.size()) {
    char c = ere[i];
    std::size_t after = i + 1;
    bool plain = std::string_view(".[]()^$*+?{}|\\").find(c) == std::string_view::npos;
    if (c == '|') return {};  // either side would do
    if (c == '[') after = skip_bracket(ere, i);
    if (c == '(') after = skip_group(ere, i);
    if (c == '\\' && after < ere.size()) {
      c = ere[after++];
      plain = is_plain_escape(c);
    }
    if (c == '{' && !plain) {  // the bounds of a repetition
      const auto close = ere.find('}', i);
      if (close == std::string_view::npos) break;
      after = close + 1;
    }
    const char next = after < ere.size() ? ere[after] : '\0';
    if (plain && is_needed(ere, after)) runs.add(c);
    if (!plain || is_quantifier(next)) runs.end();
    i = after;
  }
  return runs.longest();
}

}  // namespace usher
