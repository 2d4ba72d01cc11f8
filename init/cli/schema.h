// `usher schema [--reference]`: the configuration as a JSON Schema for editors, or as the tables of
// docs/configuration.md.
#pragma once

namespace usher {

// `argv` begins after the command's name. Returns the exit code.
int schema_command(int argc, char** argv);

}  // namespace usher
