// The terminal that usher has in common with the service, whose group has its foreground: what
// Ctrl-Z and fg mean to both.
#pragma once

#include <sys/types.h>

#include <utility>

#include "init/observe/log.h"

namespace usher {

// Stops usher itself, until somebody continues it.
void suspend(Log& log);

class TerminalShare {
 public:
  explicit TerminalShare(Log& log) : log_(log) {}

  // The service has got the foreground of this one; -1: there is none to share.
  void share(int terminal) { terminal_ = terminal; }
  // The service has ended: the foreground is ours again.
  void take_back();
  // Whether the service is stopped may be different now.
  void look(pid_t service);

 private:
  Log& log_;
  int terminal_ = -1;
  bool stopped_ = false;
};

}  // namespace usher
