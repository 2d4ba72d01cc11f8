// Texts that mean a command or a path, as people write them in one word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace usher {

// Words separated by blanks; quotes of both kinds hold blanks together, and outside single quotes a
// backslash takes the next character as it is. No shell: nothing else means anything. Empty where
// a quote is not closed.
std::vector<std::string> split_words(std::string_view text);

// What follows "unix:" or "file:": "/path" and "///path" are the same.
inline std::string_view path_of(std::string_view rest) {
  return rest.starts_with("///") ? rest.substr(2) : rest;
}

}  // namespace usher
