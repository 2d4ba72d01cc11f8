#include "init/app/poller.h"

#include <utility>

namespace usher {

void Poller::start() {
  probe_->watch([this] { ask_again(); });
  ask();
}

void Poller::ask() {
  asking_ = true;
  again_ = false;
  probe_->start(attempt_, [this](ProbeResult result) { answered(std::move(result)); });
}

void Poller::ask_again() {
  again_ = true;
  if (!asking_ && !passed()) pause_timer_.start(Millis{0}, [this] { ask(); });
}

void Poller::hurry() {
  if (passed()) return;
  pause_ = Millis{0};
  ask_again();
}

void Poller::answered(ProbeResult result) {
  asking_ = false;
  last_ = std::move(result);
  if (needs_value_ && passed() && last_.value.empty())
    last_.verdict = ProbeResult::Verdict::not_yet;
  if (!passed()) {
    if (!again_) pause_ = next_pause(pause_, longest_);
    pause_timer_.start(again_ ? Millis{0} : pause_, [this] { ask(); });
  }
  const auto changed = changed_;  // may be the end of this object
  changed();
}

}  // namespace usher
