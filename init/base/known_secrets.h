// Texts that nobody prints, wherever they stand: what files of secrets hold, and the variables of
// service.secrets. Noted where the configuration is read, before anything is told of it; heeded by all
// that writes texts for people or as JSON.
#pragma once

#include <string>
#include <string_view>

namespace usher {

// What is shorter than four bytes is not looked for: it would be found everywhere.
void note_secret(std::string_view secret);

// The text with "***" in the place of each secret.
std::string hide_secrets(std::string_view text);

// Whether that would change anything; in a plain start there is nothing to look for.
bool has_secret(std::string_view text);

}  // namespace usher
