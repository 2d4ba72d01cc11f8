// The health of a service that is ready: runs its checks, and tells what follows from them.
#pragma once

#include <memory>
#include <vector>

#include "init/app/context.h"
#include "init/app/health_loop.h"
#include "init/control/snapshot.h"
#include "init/lifecycle/report.h"
#include "init/lifecycle/supervisor.h"
#include "init/observe/metrics_text.h"

namespace usher {

class HealthWatch {
 public:
  using Micros = std::chrono::microseconds;

  class Listener {  // from the loop
   public:
    virtual ~Listener() = default;
    virtual void checked() = 0;  // some check has a result
    // One is failing now, by its threshold: "http: refused, 3 times in a row".
    virtual void check_failed(const std::string& seen) = 0;
    // No check fails any more; `why` says what has changed.
    virtual void checks_recovered(const std::string& why) = 0;
  };

  // All of them outlive it.
  HealthWatch(const Context& context, const MakeProbe& make, Supervisor& supervisor,
              Listener& listener)
      : context_(context), make_(make), supervisor_(supervisor), listener_(listener) {}

  // The service is ready, or is not up any more.
  void begin();
  void end();
  // The configuration has other checks. Those that keep their name keep what is known of them.
  void config_changed();

  std::vector<CheckView> views() const;
  // How long the service has been ready and well; see stable_for().
  Millis stable_for(Micros ready_at) const;
  std::vector<CheckCount> counts() const;
  void add_to(MetricsText& text) const;

 private:
  using Checks = std::vector<const HealthLoop::Check*>;
  const Checks& checks() const;
  std::unique_ptr<HealthLoop> make();
  void on_check(const HealthLoop::Check& check, bool status_changed);
  void failed(const HealthLoop::Check& check);
  void settle(const std::string& why);
  void log(const HealthLoop::Check& check);

  Context context_;
  const MakeProbe& make_;
  Supervisor& supervisor_;
  Listener& listener_;
  std::unique_ptr<HealthLoop> loop_;  // once the service has been ready
};

// How long a service that has been ready for `ready_for` was well: until now, or until a check began
// to fail. One that needs its health's restart each minute is not a stable one. Pure.
Millis stable_for(Millis ready_for, const std::vector<const HealthLoop::Check*>& checks);

}  // namespace usher
