#pragma once

#include <string_view>

namespace usher {

// `usher help`: what the commands are, on stdout; or the one that is named. Returns the exit code.
int help_command(std::string_view about = {});

// The command above that somebody means who writes this word, which is no program; empty where there is
// none, as for words that have a slash.
std::string_view command_meant(std::string_view word);

// help, --help or -h
bool is_help(std::string_view word);

// Whether a command line names one of the commands above, and then asks what it does: `usher wait
// --help`. Not for `run`, whose words may be those of another program.
bool asks_for_help(int argc, char** argv);

}  // namespace usher
