// Files that are there whole or not at all.
#pragma once

#include <string>
#include <string_view>

namespace usher {

// Writes a temporary file beside `path` and renames it. A file that is mounted, or in a directory
// that may not be written to, is overwritten instead. Returns what went wrong, or nothing; the old
// file is then as it was and no temporary one is left. What is there and is no regular file, such
// as /dev/stdout, is left alone.
std::string write_whole(const std::string& path, std::string_view text);

// Overwrites a file that is already there, such as the termination message file that Kubernetes
// mounts and no rename can replace. Anything but a regular file is left alone.
std::string overwrite(const std::string& path, std::string_view text);

}  // namespace usher
