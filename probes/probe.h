// One question about one thing, asked without blocking anybody.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace usher {

struct ProbeResult {
  enum class Verdict : std::uint8_t {
    pass,
    not_yet,        // refused, unreachable, no such name, loading ...: ask again later
    misconfigured,  // will not get better by itself: a wrong password, a target that cannot be
  };
  Verdict verdict = Verdict::not_yet;
  std::string reason;  // one clear sentence for a person; no secrets; at most some hundred bytes
  std::string value;   // what was found, where the probe looks for something
  std::chrono::milliseconds latency{0};
};

// Asks once for each start(). No retries, no thresholds, no pauses: those are policy.
class Probe {
 public:
  using Done = std::function<void(ProbeResult)>;

  // Cancels a run that is under way: `done` is not called any more, and no process, descriptor or
  // timer is left behind.
  virtual ~Probe() = default;
  // Asks. `done` is called once, from the loop and never from inside start(), at the latest when
  // `timeout` has passed. Not to be called while a run is under way. `done` may destroy the probe.
  virtual void start(std::chrono::milliseconds timeout, Done done) = 0;
  // Lets the probe say when asking again may bring something new, where it has a way to know: then
  // `changed` is called, from the loop, also while a run is under way. Polling goes on beside it,
  // since the way may be closed at any time. `changed` must not destroy the probe.
  virtual void watch(std::function<void()> changed) { static_cast<void>(changed); }
  // What is asked, for people: "redis://redis:6379 key listenerAddr". No secrets.
  virtual const std::string& target() const = 0;
};

}  // namespace usher
