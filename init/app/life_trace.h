// The trace of the life, made of the same transitions as the log, and its way to the collector.
// Nothing reads it back.
#pragma once

#include <chrono>
#include <functional>
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
      : context_(context), dependencies_(dependencies), patience_(context.runtime) {}

  // Where anybody asks for a trace, it begins; nothing is done by this object else. `environment`:
  // that of usher. `named` hears of its id once that will stay.
  void begin(const char* const* environment, const std::string& instance, Micros begun,
             std::function<void(const std::string& trace)> named);
  // What other instances are offered to belong to; empty where they are not. The life goes on without
  // an answer: it moves to the trace of others as long as nothing of it has been sent.
  std::string offer() const;
  void shared(const std::string& value, const std::string& problem);
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
  void settle(const std::string& problem = {});
  void say_goodbye(Millis limit, std::function<void()> done);
  void give_up(const std::string& why);
  void failed(const std::string& why);
  void waited(Micros now);

  Context context_;
  const DependencyWait& dependencies_;
  OtelSettings settings_;
  std::unique_ptr<Trace> trace_;  // null: nobody asks for one
  Micros wall_{0};                // Unix time when the monotonic clock read 0, by the clocks at the start
  bool failure_told_ = false;
  bool unsettled_ = false;  // it may still become the trace of others
  bool waits_ = false;      // spans have ended, and wait for that
  LazyTimer patience_;
  std::function<void()> then_;  // once it is settled
  std::function<void(const std::string& trace)> named_;
  std::unique_ptr<TraceSender> sender_;  // once there is a loop
};

}  // namespace usher
