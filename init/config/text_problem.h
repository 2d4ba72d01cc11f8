// What is wrong with a text that has to mean something.
#pragma once

#include <string>

#include "init/config/keys.h"

namespace usher {

// Empty if nothing is. A text that may hold a password is not quoted.
std::string problem_of_text(KeyType type, const std::string& text);

// Whether there are only letters, digits and characters of `others`.
bool is_word(std::string_view text, std::string_view others);

}  // namespace usher
