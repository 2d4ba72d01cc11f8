// What the commands say to a person at once, before or without a log.
#pragma once

#include <string>
#include <string_view>

namespace usher {

void print(std::string_view text);           // to stdout
void print_error(std::string_view text);     // to stderr, as it is
void complain(std::string_view text);        // to stderr, as "usher: text" and a newline

// A bad command line: says so and returns the exit code for it.
int usage_error(const std::string& why);

}  // namespace usher
