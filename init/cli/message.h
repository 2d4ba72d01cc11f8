// What the commands say to a person at once, before or without a log.
#pragma once

#include <string>
#include <string_view>

namespace usher {

// To stdout. False once any of it could not be written: the rest is not tried.
bool print(std::string_view text);
// What a command ends with that would end with `code`, and whose result is what it has printed. Says
// why where stdout did not take all of it.
int code_of_printed(int code);
void print_error(std::string_view text);     // to stderr, as it is
void complain(std::string_view text);        // to stderr, as "usher: text" and a newline

// A bad command line: says so and returns the exit code for it.
int usage_error(const std::string& why);

}  // namespace usher
