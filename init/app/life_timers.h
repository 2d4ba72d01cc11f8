// The three times that the supervisor has running.
#pragma once

#include "init/app/context.h"
#include "init/lifecycle/supervisor.h"
#include "init/os/clock.h"

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

  // Somebody has asked for a stop: whoever asked counts from the first time on.
  void stop_asked();
  // Until the limit of the states of this stop, or restart, passes.
  Millis left_of_limit() const;
  // Of shutdown.timeout since the stop was asked for; nothing where none was. Negative when it has passed.
  std::optional<Millis> left_of_stop() const;

 private:
  Context context_;
  Supervisor& supervisor_;
  LazyTimer limit_, step_, life_;
  std::chrono::microseconds limit_ends_{0};
  std::optional<std::chrono::microseconds> stop_ends_;
};

}  // namespace usher
