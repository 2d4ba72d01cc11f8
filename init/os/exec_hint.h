// Why the kernel refused to execute a file, in words that say what to do. The errno alone misleads:
// ENOENT is also what a missing interpreter gives.
#pragma once

#include <string>
#include <string_view>

namespace usher {

// Empty where there is nothing to add to the errno.
std::string exec_hint(const std::string& path, int error);

// Of a program that is nowhere, as it was asked for.
std::string absence_hint(std::string_view program);

// Whether there is such a file at all: 127 and 126 differ by it.
bool file_exists(const std::string& path);

}  // namespace usher
