// What the service and its container use: looked at when somebody asks, and at an interval where one
// is set, for peaks and alerts.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "init/app/alarms.h"
#include "init/app/context.h"
#include "init/app/family.h"
#include "init/app/resource_watch.h"
#include "init/app/service.h"
#include "init/control/snapshot.h"
#include "init/lifecycle/report.h"
#include "init/observe/metrics_text.h"

namespace usher {

class Resources {
 public:
  // All of them outlive it. `looked` hears of each look that the interval has brought.
  Resources(const Context& context, const Family& family, const Service& service, Alarms& alarms,
            std::function<void()> looked)
      : context_(context), family_(family), service_(service), alarms_(alarms), looked_(std::move(looked)) {}

  // Looks at the interval of the configuration from now on, where it has one.
  void watch();
  // Of a limit that does not exist no share is ever reached: said once, since silence would look
  // like health.
  void warn_of_no_limit();
  // Adds what takes a look at all processes, while the service runs.
  void measure(Snapshot& snapshot);
  void add_to(MetricsText& text);
  // The end: nothing is looked at any more. What there is to say is what somebody has looked at.
  std::optional<ResourcePeaks> finish();

 private:
  ResourceWatch& watcher();
  ProcessUsage use(GivesWay way) const;
  void look_for_alarms();

  Context context_;
  const Family& family_;
  const Service& service_;
  Alarms& alarms_;
  std::function<void()> looked_;
  std::unique_ptr<ResourceWatch> watch_;  // once somebody has asked
};

}  // namespace usher
