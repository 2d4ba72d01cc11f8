#include "init/app/terminal_share.h"

#include <unistd.h>

#include <csignal>

#include "init/os/descendants.h"
#include "init/os/reaper.h"
#include "init/os/signals.h"
#include "init/os/terminal.h"

namespace usher {

void suspend(Log& log) {
  log.release();
  stop_self();
}

void TerminalShare::take_back() {
  if (terminal_ >= 0) give_foreground(std::exchange(terminal_, -1), ::getpgrp());
}

void TerminalShare::look(pid_t service) {
  if (terminal_ < 0) return;
  const int by = service > 0 ? Reaper::stopped_by(service) : 0;
  if (std::exchange(stopped_, by != 0) || by == 0 || by == SIGSTOP) return;
  if (::getpid() == 1) {
    // No shell is there that could ever continue it; without us the signal would have had no
    // effect, since the service would be PID 1.
    if (by == SIGTSTP) signal_group(service, SIGCONT);
    return;
  }
  give_foreground(terminal_, ::getpgrp());
  suspend(log_);
  // Continued. Where that was "fg", the foreground is ours again, to be handed on. The SIGCONT ends
  // here: passed on as well, it would come second, and undo a Ctrl-Z typed in between.
  drop_pending(SIGCONT);
  if (foreground_terminal() >= 0) give_foreground(terminal_, service);
  signal_group(service, SIGCONT);
  stopped_ = false;
}

}  // namespace usher
