// Files that are there whole or not at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace usher {

// Writes a temporary file beside `path` and renames it. A file that is mounted, or in a directory
// that may not be written to, is overwritten instead. Returns what went wrong, or nothing; the old
// file is then as it was and no temporary one is left. What is there and is no regular file, such
// as /dev/stdout, is left alone.
std::string write_whole(const std::string& path, std::string_view text);

// Overwrites a file that is already there, such as the termination message file that Kubernetes
// mounts and no rename can replace. Anything but a regular file is left alone. A text of at most 4 KiB
// is there as a whole at any moment, also where we are killed in the middle of it.
std::string overwrite(const std::string& path, std::string_view text);

// By which one sees whether somebody has written to a file; size -1: it is not there.
struct FileStamp {
  std::int64_t size = -1, written_ns = 0;
  bool operator==(const FileStamp&) const = default;
};
FileStamp stamp_of(const std::string& path);
FileStamp stamp_of(int fd);

// The text without those lines that usher wrote itself; nothing if that leaves only blanks.
std::string without_reports(std::string_view text);

// What stands in such a file and is not of usher, if it is another one than `before`: the text without the
// reports of earlier lives. Empty where there is none, or it cannot be read; cut where it is longer than
// anybody shows.
struct MessageOfOthers {
  std::string text;
  bool alone = true;  // false: there are reports beside it
};
MessageOfOthers message_of_others(const std::string& path, const FileStamp& before);

}  // namespace usher
