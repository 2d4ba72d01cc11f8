// The hooks of the configuration, each at its point of the life.
#pragma once

#include <functional>
#include <string>

#include "init/app/hook_runner.h"
#include "init/app/life_report.h"
#include "init/app/process_setup.h"
#include "init/lifecycle/supervisor.h"

namespace usher {

class Hooks {
 public:
  // All of them outlive it.
  Hooks(const Context& context, Family& family, ProcessSetup& setup, LifeReport& report)
      : context_(context),
        setup_(setup),
        awaited_(context.runtime, context.log, family, [&report](const CutHook& hook) { report.cut(hook); }),
        beside_(context.runtime, context.log, family, [&report](const CutHook& hook) { report.cut(hook); }) {}

  // Those of a point that the life waits for; `verdict` for post_stop. `left`: of the limit of the stop
  // that they are a part of, if they are. `done` is called once, also from inside this call, with hooks_over
  // or hooks_failed.
  void run(HookPoint point, const Verdict& verdict, std::optional<Millis> left, std::function<void(Event)> done);
  // A stop is asked for that has so much time, while those of post_stop run.
  void limit_post_stop(Millis left);
  // Those of post_ready, beside the service.
  void run_post_ready(const std::string& ready_value);
  // Of those that the life waits for: what became of the one that went wrong last.
  const std::string& failure() const { return awaited_.failure(); }
  // A stop has overtaken those that are waited for: they are processes like all others from now on.
  void forget() { awaited_.forget(); }

 private:
  Context context_;
  ProcessSetup& setup_;
  HookRunner awaited_, beside_;
};

}  // namespace usher
