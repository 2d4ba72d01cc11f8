// The receiving end of sd_notify(3).
#pragma once

#include <sys/types.h>

#include <string>

#include "init/os/fd.h"

namespace usher {

struct NotifyDatagram {
  std::string text;
  pid_t pid = 0;  // of the sender, by the kernel's word; 0: it is not in our PID namespace
  uid_t uid = 0;
};

class NotifySocket {
 public:
  // Under an abstract name that nobody guesses: it needs no directory that could be written to.
  // Returns 0 or errno.
  [[nodiscard]] int open();
  int fd() const noexcept { return fd_.get(); }
  // "@usher/..." as NOTIFY_SOCKET spells it.
  const std::string& name() const { return name_; }

  // The next message that waits, if any; leaves out those that are too long to be whole.
  // Descriptors that come with a message are closed, which is what its BARRIER=1 waits for.
  bool next(NotifyDatagram& datagram);

 private:
  Fd fd_;
  std::string name_;
};

}  // namespace usher
