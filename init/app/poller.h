// Asks one probe until it passes: at once, then after 50 ms, then after pauses that double up to a
// longest one, and at once when the probe says that something has changed. What has passed stays
// passed.
#pragma once

#include <functional>
#include <algorithm>
#include <memory>

#include "init/config/config.h"
#include "init/loop/loop.h"
#include "probes/probe.h"

namespace usher {

class Poller {
 public:
  static constexpr Millis kFirstPause{50};

  // `attempt`: the limit of one run. `changed` hears of every result and may destroy the poller.
  // Where a value is needed, a result that passes without one is none.
  Poller(Loop& loop, std::unique_ptr<Probe> probe, Millis attempt, Millis longest,
         std::function<void()> changed, bool needs_value = false)
      : probe_(std::move(probe)),
        attempt_(attempt),
        longest_(longest),
        changed_(std::move(changed)),
        needs_value_(needs_value),
        pause_timer_(loop) {}

  void start();
  // Something beside the probe has changed: asks at once, and anew with short pauses.
  void hurry();
  bool passed() const { return last_.verdict == ProbeResult::Verdict::pass; }
  // Of the latest run; its reason is empty before the first one has ended.
  const ProbeResult& last() const { return last_; }
  const Probe& probe() const { return *probe_; }

  static Millis next_pause(Millis last, Millis longest) {
    return std::min(std::max(last * 2, kFirstPause), std::max(longest, kFirstPause));
  }

 private:
  void ask();
  void ask_again();
  void answered(ProbeResult result);

  std::unique_ptr<Probe> probe_;
  Millis attempt_, longest_, pause_{0};
  std::function<void()> changed_;
  bool needs_value_;
  ProbeResult last_;
  bool asking_ = false;
  bool again_ = false;  // something has changed since the run under way began
  Timer pause_timer_;
};

}  // namespace usher
