// What others are told through Redis as the life of the service goes on: where it is, how it is, and
// that it has gone.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "init/app/alarms.h"
#include "init/app/audience.h"
#include "init/app/context.h"
#include "init/app/dependency_wait.h"
#include "init/app/farewell.h"
#include "init/coordinate/coordination.h"
#include "init/loop/end_of_turn.h"
#include "init/observe/metrics_text.h"
#include "probes/context.h"

namespace usher {

class Announcer final : public LifeListener {
 public:
  // All of them outlive it. `status` is asked once a turn of the loop in which something is
  // different. `started`: when usher was.
  Announcer(const Context& context, Alarms& alarms, std::function<Status()> status,
            const DependencyWait& dependencies, std::chrono::system_clock::time_point started)
      : context_(context),
        alarms_(alarms),
        status_(std::move(status)),
        dependencies_(dependencies),
        started_(started) {}

  // Before anything else: the trace that the others are to belong to, too; see Registry.
  void share_trace(std::string offer, Registry::TraceTold told) {
    trace_ = std::move(offer);
    trace_told_ = std::move(told);
  }
  // The service is about to start: a value of an earlier one misleads now.
  void starting();
  // It is ready, and its probe has found this.
  void ready(const std::string& value);
  void changed() override;
  // Takes away what was published; how the service ended stays in the registry for its ttl.
  void add_farewell(std::vector<Farewell::Step>& steps);
  void add_to(MetricsText& text) const;
  Publication publication() const;
  // What others see in the place of `found`, where something is published.
  std::string shown_value(std::string found) const;

 private:
  Coordination* coordination();
  void show();
  void log(const Coordination::News& news);
  void alarm(const Coordination::News& news);

  Context context_;
  Alarms& alarms_;
  std::function<Status()> status_;
  const DependencyWait& dependencies_;
  std::chrono::system_clock::time_point started_;
  std::unique_ptr<Coordination> coordination_;  // where it is configured, once it is needed
  std::unique_ptr<EndOfTurn> end_of_turn_;
  std::string shown_;  // the state, and since when
  std::chrono::system_clock::time_point shown_since_;
  bool leaving_ = false;
  std::string trace_;  // offered to others; empty: none is shared
  Registry::TraceTold trace_told_;
};

// Whether one of them is this server, or something on it, and not there yet. Pure.
bool awaits(const std::vector<DependencyView>& dependencies, const RedisUrl& server);

// How a service is, for the other containers. The times are not of the status. Pure.
RegistryEntry entry_of(const Status& status);

}  // namespace usher
