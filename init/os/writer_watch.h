// Whether anybody can still write to a pipe or socket that is somebody else's to read. No byte is taken
// from it, and nothing about it is changed.
#pragma once

#include "init/os/fd.h"

namespace usher {

class WriterWatch {
 public:
  // Watches a descriptor that outlives it. Returns whether there is anything to watch: it is a pipe or a
  // socket, and has a writer now.
  bool open(int watched);
  // Becomes readable once the last writer has gone, and stays so.
  int fd() const noexcept { return epoll_.get(); }

 private:
  Fd epoll_;
};

}  // namespace usher
