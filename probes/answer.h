// What every probe owes whoever asks: one answer within the limit, with the time it took.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "init/loop/loop.h"
#include "init/os/clock.h"
#include "probes/probe.h"

namespace usher {

class Answer {
 public:
  explicit Answer(Loop& loop) : limit_(loop) {}

  // `expired` is called when the limit has passed without an answer.
  void expect(std::chrono::milliseconds timeout, Probe::Done done, std::function<void()> expired) {
    timeout_ = timeout;
    done_ = std::move(done);
    began_ = monotonic_now();
    limit_.start(timeout, std::move(expired));
  }
  bool expected() const { return done_ != nullptr; }
  std::chrono::milliseconds timeout() const { return timeout_; }

  // From the loop, as the last thing that the probe does: it may be gone afterwards.
  void give(ProbeResult result) {
    limit_.cancel();
    result.latency =
        std::chrono::duration_cast<std::chrono::milliseconds>(monotonic_now() - began_);
    if (const auto done = std::exchange(done_, nullptr)) done(std::move(result));
  }
  // From inside start(), where nobody may be called yet. Takes the place of the limit.
  void give_later(ProbeResult result) {
    limit_.start(std::chrono::milliseconds{0},
                 [this, result = std::move(result)]() mutable { give(std::move(result)); });
  }

 private:
  Timer limit_;
  std::chrono::milliseconds timeout_{0};
  std::chrono::microseconds began_{0};
  Probe::Done done_;
};

inline ProbeResult passed(std::string value = {}) {
  return {ProbeResult::Verdict::pass, {}, std::move(value), {}};
}
inline ProbeResult not_yet(std::string reason) {
  return {ProbeResult::Verdict::not_yet, std::move(reason), {}, {}};
}
inline ProbeResult misconfigured(std::string reason) {
  return {ProbeResult::Verdict::misconfigured, std::move(reason), {}, {}};
}

}  // namespace usher
