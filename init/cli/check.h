// `usher check [FILE...] [--print] [--profile NAME] [--compose FILE]`: whether configurations are
// right, before anything is started with them.
#pragma once

namespace usher {

// `argv` begins after the command's name. Returns the exit code: 0, 90 or 91.
int check_command(int argc, char** argv);

}  // namespace usher
