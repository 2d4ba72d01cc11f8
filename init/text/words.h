// A command line in one text, in words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace usher {

// Words separated by blanks; quotes of both kinds hold blanks together, and outside single quotes a
// backslash takes the next character as it is. No shell: nothing else means anything. Empty where
// a quote is not closed.
std::vector<std::string> split_words(std::string_view text);

}  // namespace usher
