// Looks at what the service and its container use: when somebody asks, and at an interval where
// one is set. Keeps the highest figures that it has seen. However many ask, however often, looks take
// at most a twentieth of the time: until then all get the figures of the last one.
#pragma once

#include <functional>
#include <optional>

#include "init/lifecycle/report.h"
#include "init/loop/loop.h"
#include "init/os/cgroup.h"
#include "init/os/process_usage.h"

namespace usher {

class ResourceWatch {
 public:
  using Micros = std::chrono::microseconds;
  using Measure = std::function<ProcessUsage(GivesWay)>;
  // After each look that the interval has brought, from the loop.
  using Sampled = std::function<void()>;

  // For how long a look is good for those who ask.
  static constexpr Micros kFresh{100'000};

  ResourceWatch(Loop& loop, Measure measure, Sampled sampled, Micros fresh = kFresh);

  // Of now, or of a moment ago; of the look before where a signal came in between. The CPU time never
  // goes back, also where a process has taken its own with it.
  const ProcessUsage& look();
  // 0 stops it. The first look comes when the interval has passed.
  void every(Millis interval);

  const ProcessUsage& last() const { return usage_; }
  const Cgroup& container() const { return container_; }
  // CPUs in use between the last two looks that the interval brought: those of the container, or
  // where the kernel does not count for it, those of the service.
  std::optional<double> cpus() const { return cpus_; }
  const ResourcePeaks& peaks() const { return peaks_; }

 private:
  void measure(GivesWay way);
  void sample();
  void meter_cpu();

  Timer next_;
  Measure measure_;
  Sampled sampled_;
  const Micros fresh_;
  Micros good_until_{0};
  Millis interval_{0};
  Cgroup container_;
  ProcessUsage usage_{.complete = false};
  Micros cpu_at_{0}, cpu_used_{0};  // at the last look that the interval brought
  std::optional<double> cpus_;
  ResourcePeaks peaks_;
};

}  // namespace usher
