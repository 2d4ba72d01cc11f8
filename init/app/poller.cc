#include "init/app/poller.h"

#include <utility>

namespace usher {

void Poller::ask() {
  probe_->start(attempt_, [this](ProbeResult result) { answered(std::move(result)); });
}

void Poller::answered(ProbeResult result) {
  last_ = std::move(result);
  if (!passed()) {
    pause_ = next_pause(pause_, longest_);
    pause_timer_.start(pause_, [this] { ask(); });
  }
  const auto changed = changed_;  // may be the end of this object
  changed();
}

}  // namespace usher
