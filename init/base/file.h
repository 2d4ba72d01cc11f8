// Reading the files that people name, and whatever stands where a file is expected: nothing here
// waits for a writer unless it is told that it may, reads without an end, or disturbs a device.
#pragma once

#include <cstddef>
#include <string>

namespace usher {

// Opens a regular file, or /dev/null as an empty one, for reading. Returns its descriptor, or -1
// with what is wrong in `why` and errno for it.
int open_regular_file(const std::string& path, std::string& why);

// Whether something of that name is there that we are allowed to read.
bool is_readable(const char* path) noexcept;

struct FileText {
  std::string text;
  std::string problem;  // empty: that is all of the file
  bool absent = false;  // the problem is that there is no such file
};

// What a pipe or a FIFO comes to. To read one is to wait for its writer, which PID 1 may not.
enum class Pipes : unsigned char { refused, read };

// A whole regular file of at most `most` bytes.
FileText read_file(const std::string& path, std::size_t most, Pipes pipes = Pipes::refused);

// What is left to read of a descriptor; likewise.
FileText read_open_file(int fd, std::size_t most);

}  // namespace usher
