#pragma once

namespace usher {

// `usher help`: what the commands are, on stdout. Returns the exit code.
int help_command();

}  // namespace usher
