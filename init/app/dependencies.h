// Waits for what the service depends on: for all at once, each with its own limit.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "init/app/poller.h"
#include "init/observe/log.h"

namespace usher {

using MakeProbe = std::function<std::unique_ptr<Probe>(const ProbeConfig&)>;

class Dependencies {
 public:
  struct Outcome {
    bool satisfied = false;
    bool misconfigured = false;  // it would never be there
  };

  // `config` and `log` outlive this. `done` is called once, from the loop; `changed` hears of every
  // attempt.
  Dependencies(Loop& loop, Log& log, const std::vector<DependencyConfig>& config,
               const MakeProbe& make, std::function<void(Outcome)> done,
               std::function<void()> changed = [] {});

  // Name and value of each variable that a dependency exports, once all are satisfied.
  std::vector<std::pair<std::string, std::string>> exports() const;

  struct State {
    std::string name, target;
    bool satisfied = false;
    std::string reason;  // of the latest attempt
    std::chrono::microseconds after{0};  // the wait so far, where it is not over
  };
  std::vector<State> states() const;

 private:
  struct Awaited {
    Awaited(Loop& loop, const DependencyConfig& of) : config(of), limit(loop) {}
    const DependencyConfig& config;
    std::unique_ptr<Poller> poller;
    Timer limit;
    std::string told;  // the reason that was logged last
    std::chrono::microseconds after{0};
  };

  void answered(Awaited& awaited);
  void too_late(Awaited& awaited);
  void tell_progress();
  void finish(Outcome outcome);

  static constexpr Millis kProgressPause{5'000};

  Log& log_;
  std::function<void(Outcome)> done_;
  std::function<void()> changed_;
  std::vector<std::unique_ptr<Awaited>> awaited_;
  Timer progress_;
  std::chrono::microseconds begun_;
};

}  // namespace usher
