// ${VARIABLE} in a text that has been parsed already, so that no value can become syntax.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace usher {

// An environment block as main() gets it; null is an empty one.
class Environment {
 public:
  explicit Environment(const char* const* block) : block_(block) {}
  std::optional<std::string_view> find(std::string_view name) const;
  const char* const* block() const { return block_; }

 private:
  const char* const* block_;
};

struct Expansion {
  std::string text;
  bool used_variable = false;
  std::string problem;   // empty: none
  bool missing = false;  // the problem is a variable that is not set, not the way it is written
};

// ${NAME}, ${NAME:-default} when unset or empty, ${NAME:?message} likewise; `$$` is a dollar and
// any other `$` is itself. Defaults and messages may hold expansions. What a variable holds is taken
// as it is. In a `pattern` a backslash and the character after it are copied, `\$` and `\\` included.
Expansion expand(std::string_view text, const Environment& environment, bool pattern = false);

}  // namespace usher
