// The values of a Compose file as its engine takes them: variables, durations, booleans.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "init/config/expand.h"

namespace usher {

// What ${NAME} stands for in a Compose file: the environment of whoever reads it, and below that the
// environment files of the project.
class ComposeVariables {
 public:
  explicit ComposeVariables(const Environment& environment) : environment_(environment) {}

  // The text of an environment file; its values may name what is known already, which stays.
  void add_file(std::string_view text);
  std::optional<std::string> find(std::string_view name) const;

 private:
  Environment environment_;
  std::map<std::string, std::string, std::less<>> files_;
};

// $NAME, ${NAME}, ${NAME:-default}, ${NAME-default}, ${NAME:+other}, ${NAME+other}, ${NAME:?message},
// ${NAME?message}, and $$ for a dollar; what is not set is empty. Nothing where the engine refuses: a
// variable that is demanded and not set, or a form that it does not know.
std::optional<std::string> interpolate(std::string_view text, const ComposeVariables& variables);

// "1m30s", "2.5s", "1h", "90us", "2d", "1w": units from w to ns, in any order. Nothing for what the
// engine does not take: a number without a unit among it. What is finer than a millisecond is cut.
std::optional<std::chrono::milliseconds> parse_compose_duration(std::string_view text);

// true, yes, y, on and their opposites, in any case and quoted or not.
std::optional<bool> parse_compose_boolean(std::string_view text);

}  // namespace usher
