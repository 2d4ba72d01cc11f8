// The text of an environment file, as `docker run --env-file` reads it, with quotes for more.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace usher {

struct EnvironmentFile {
  struct Problem {
    unsigned line = 0;
    std::string why;
  };
  std::vector<std::pair<std::string, std::string>> variables;  // in their order
  std::vector<Problem> problems;
};

// KEY=VALUE lines, with an optional `export`. Blank lines and lines that begin with # are skipped; a
// # after a value belongs to it. 'Single quotes' keep everything, "double quotes" know \n \t \\ \"
// and \$; unquoted values end at the line without trailing white space. No variable is expanded.
EnvironmentFile parse_environment_file(std::string_view text);

}  // namespace usher
