// A termination message that is there while the life still goes on, for the case that nobody is left to
// write the last one: a kubelet lets the kernel kill all of a container at once (memory.oom.group).
//
// Written at each change, and not mapped: whoever truncates a file takes the pages of a mapping away, and
// PID 1 would die of the next store; and since others may write here at any time, it has to be asked
// before each change in any case. At rest neither costs anything. One write of less than a page over
// blocks that are there: it is done as a whole or not at all, also where the writer is killed in it, and
// needs no room that a full disk does not have.
#pragma once

#include <string>
#include <string_view>

#include "init/observe/report_file.h"
#include "init/os/fd.h"

namespace usher {

class KeptMessage {
 public:
  // One line, filled up with blanks. Less than the 4 KiB that a kubelet shows, so that something that the
  // service adds does not push the beginning out.
  static constexpr std::size_t kSize = 3072, kMost = kSize - 1;

  // Takes a regular file in which nobody but usher has written anything yet. Returns whether that is so.
  bool open(const std::string& path);
  bool is_open() const { return bool(fd_); }
  // Once somebody else has written, or the system refuses, this is closed, and nothing is written ever
  // again. A text that is too long is not written.
  void write(std::string_view text);
  // It is not needed any more. What somebody has written over the beginning of it stands alone then.
  void close();
  // It is not wanted any more: the file is empty again, if it is ours alone.
  void withdraw();

 private:
  bool is_ours() const;

  Fd fd_;
  FileStamp left_;  // what the last write has made of the file
  std::string page_;
};

}  // namespace usher
