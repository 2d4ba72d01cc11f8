// The three times that the supervisor has running.
#pragma once

#include "init/app/context.h"
#include "init/lifecycle/supervisor.h"

namespace usher {

class LifeTimers {
 public:
  // All of them outlive it.
  LifeTimers(const Context& context, Supervisor& supervisor)
      : context_(context),
        supervisor_(supervisor),
        limit_(context.runtime),
        step_(context.runtime),
        life_(context.runtime) {}

  void arm(TimerId id, std::optional<Millis> after);
  // lifecycle.timeout is another one: what is left of it, of a life that has lasted so long.
  void limit_life(Millis spent);

 private:
  Context context_;
  Supervisor& supervisor_;
  LazyTimer limit_, step_, life_;
};

}  // namespace usher
