// The trace of the life, made of the same transitions as the log, and its way to the collector.
// Nothing reads it back.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "init/app/audience.h"
#include "init/app/context.h"
#include "init/app/dependency_wait.h"
#include "init/app/farewell.h"
#include "init/observe/metrics_text.h"
#include "init/observe/otel_environment.h"
#include "init/observe/trace.h"
#include "init/observe/trace_sender.h"

namespace usher {

class LifeTrace final : public LifeListener {
 public:
  using Micros = std::chrono::microseconds;

  // All of them outlive it.
  LifeTrace(const Context& context, const DependencyWait& dependencies)
      : context_(context), dependencies_(dependencies) {}

  // Where anybody asks for a trace, it begins; nothing is done by this object else. `environment`:
  // that of usher.
  void begin(const char* const* environment, const std::string& instance, Micros begun);
  bool on() const { return trace_ != nullptr; }
  // TRACEPARENT of a process that is started now.
  std::string parent_of_processes() const { return trace_->parent_of_processes(); }
  void spawned(pid_t pid);

  void moved(const Transition& transition, const Facts& facts) override;
  void settled() override { send(); }
  void end(const Verdict& verdict, const Life& life);
  void add_farewell(std::vector<Farewell::Step>& steps);
  void add_to(MetricsText& text) const;

 private:
  void send();
  void failed(const std::string& why);
  void waited(Micros now);

  Context context_;
  const DependencyWait& dependencies_;
  OtelSettings settings_;
  std::unique_ptr<Trace> trace_;  // null: nobody asks for one
  Micros wall_{0};                // Unix time when the monotonic clock read 0, by the clocks at the start
  bool failure_told_ = false;
  std::unique_ptr<TraceSender> sender_;  // once there is a loop
};

}  // namespace usher
