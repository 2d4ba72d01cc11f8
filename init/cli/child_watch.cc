#include "init/cli/child_watch.h"

#include <csignal>

namespace usher {

int ChildWatch::start() {
  if (const int error = signals_.open()) return error;
  poll_ = std::make_unique<Poll>(loop_, signals_.fd());
  poll_->start(UV_READABLE, [this] { on_signals(); });
  return poll_->error();
}

void ChildWatch::on_signals() {
  bool children = false;
  ReceivedSignal received;
  while (signals_.next(received)) {
    if (received.signo == SIGCHLD)
      children = true;
    else
      signalled_(received.signo);
  }
  if (children) reap();
}

void ChildWatch::reap() {
  constexpr unsigned kAtMost = 1000;  // before signals are looked at again
  children_.starts().look();
  if (Reaper::reap(*this, kAtMost) == Reaper::Left::more_to_reap)
    more_.start(std::chrono::milliseconds{0}, [this] { reap(); });
}

}  // namespace usher
