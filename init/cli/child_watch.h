// Signals and ended children for a program that launches processes and is no App.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "init/loop/loop.h"
#include "init/os/children.h"
#include "init/os/reaper.h"
#include "init/os/signals.h"

namespace usher {

// After take_over_signals() only.
class ChildWatch final : Reaper::Listener {
 public:
  // Both outlive the watch. `signalled` hears of every signal but SIGCHLD.
  ChildWatch(Loop& loop, Children& children, std::function<void(int)> signalled)
      : loop_(loop), children_(children), signalled_(std::move(signalled)), more_(loop) {}
  // Returns 0 or errno.
  [[nodiscard]] int start();

 private:
  void on_signals();
  void reap();
  void reaped(const Ended& child) override { children_.ended(child); }

  Loop& loop_;
  Children& children_;
  std::function<void(int)> signalled_;
  SignalDescriptor signals_;
  Timer more_;
  std::unique_ptr<Poll> poll_;  // goes before what it watches
};

}  // namespace usher
