// Runs the health checks of a service that is ready, each at its interval, never two runs of the
// same one at a time. One that has not passed yet is asked more often, so that nobody waits an
// interval for what was not quite there at first; such an early run can only make it pass.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "init/app/dependencies.h"
#include "init/lifecycle/check_state.h"
#include "init/loop/loop.h"
#include "init/observe/histogram.h"
#include "probes/probe.h"

namespace usher {

class HealthLoop {
 public:
  struct Check {
    HealthConfig config;
    CheckState state;
    ProbeResult last;                    // its reason is empty before the first run has ended
    std::chrono::microseconds last_at{0};  // on the monotonic clock; 0: never
    std::chrono::microseconds took{0};     // the latest run
    // Over all starts of the service.
    std::uint64_t passed_runs = 0, failed_runs = 0;
    DurationHistogram durations;
    std::string target;
  };
  using Changed = std::function<void(const Check&, bool status_changed)>;

  // `changed` hears of every result, from the loop; it may stop or destroy this.
  HealthLoop(Loop& loop, const std::vector<HealthConfig>& config, const MakeProbe& make,
             Changed changed);

  // The service is ready: all checks are asked at once, and know nothing yet.
  void start();
  // Runs that are under way are cancelled; what was known stays to be looked at.
  void stop();

  // Whether each check passes; true without any.
  bool all_pass() const;
  bool any_fails() const;
  // ... of those that are not only watched.
  bool service_fails() const;
  const std::vector<const Check*>& checks() const { return views_; }
  // For each check that has the name of one of `before`: what was known of it. For a reload.
  void take_over(const HealthLoop& before);

 private:
  struct Slot {
    explicit Slot(Loop& loop) : next(loop) {}
    Check check;
    std::chrono::microseconds asked_at{0};
    std::chrono::microseconds due_at{0};  // a run that begins earlier does not count as a failure
    Millis pause{0};
    std::unique_ptr<Probe> probe;
    Timer next;
  };
  void ask(Slot& slot);
  void answered(Slot& slot, ProbeResult result);
  Millis pause_after(Slot& slot) const;

  MakeProbe make_;
  Changed changed_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<const Check*> views_;
  std::chrono::microseconds ready_at_{0};
  bool running_ = false;
};

}  // namespace usher
