#pragma once

#include <string_view>

#include "init/os/signals.h"

namespace usher {

// All that a command is, one row each in help.cc. The manual and the completions are written from what
// `usher help` prints of them.
struct Command {
  std::string_view names;  // with a blank after each
  // `argv` begins with the command's name.
  int (*run)(int argc, char** argv, const InheritedSignals& inherited);
  bool code_is_answer;  // the exit code says all, whatever becomes of the words
  std::string_view help;
};

// Null where none is named so.
const Command* find_command(std::string_view word);

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
