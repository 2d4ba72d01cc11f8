#pragma once

namespace usher {

// `usher version`: the name and version on stdout. Returns the exit code.
int version_command();

}  // namespace usher
