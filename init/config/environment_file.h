// The text of an environment file, in the dialect of Docker Compose's env_file, but that no variable is
// expanded in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace usher {

struct EnvironmentVariable {
  std::string name, value;
  bool literal = false;  // was in single quotes, where others who read such files expand nothing
};

struct EnvironmentFile {
  struct Problem {
    unsigned line = 0;
    std::string why;
  };
  std::vector<EnvironmentVariable> variables;  // in their order
  std::vector<Problem> problems;
};

// KEY=VALUE lines, with an optional `export`. Blank lines and lines that begin with # are skipped, and
// so is what follows a value behind a blank and a #. Values in quotes may go over several lines: 'single
// quotes' keep everything but \' as it is, "double quotes" know \n \r \t \\ \" and \$, and keep any
// other backslash. Values without quotes end at the line, without the white space at its end.
EnvironmentFile parse_environment_file(std::string_view text);

}  // namespace usher
