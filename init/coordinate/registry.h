// Tells all containers of one run how this one's service is, by an entry in Redis.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "init/config/config.h"
#include "init/coordinate/breaker.h"
#include "init/coordinate/registry_entry.h"
#include "init/redis/redis_link.h"

namespace usher {

// The entry disappears by itself when nobody has refreshed it for coordination.ttl, as after a
// crash. It is written whole each time, so that a server that has lost its data has it again soon.
class Registry {
 public:
  // An attempt has failed, and `problem` says why; or, with none, the first one that has not. From
  // the loop; must not destroy the registry.
  using Told = std::function<void(const std::string& problem)>;

  // All of them outlive it. The URL has been checked. `limit`: of each attempt.
  Registry(Loop& loop, Resolver& resolver, const CoordinationConfig& config, Told told,
           Millis limit = RedisLink::kAttempt);

  // Shows this from now on. What is shown already is not written again before it is due.
  void show(RegistryEntry entry);
  // The trace of all instances of the namespace, kept beside the entries as long as they are. `value` is
  // this one's offer where it is the first, else that of another one; without a value there is none
  // to be had, and `problem` may say why. From the loop.
  using TraceTold = std::function<void(const std::string& value, const std::string& problem)>;
  // Before anything is shown.
  void share_trace(std::string offer, TraceTold told) {
    trace_ = std::move(offer);
    trace_told_ = std::move(told);
  }
  // Writes what is shown for the last time, and refreshes it no more, so that the others see it until
  // its ttl has passed. One attempt; `done` is called from the loop, at the latest when `limit` has
  // passed, with what went wrong or nothing.
  void leave(Millis limit, std::function<void(std::string problem)> done);

  const Breaker& breaker() const noexcept { return breaker_; }

 private:
  void write();
  void written(RedisAnswer answer);
  void take_trace(RedisAnswer& answer);
  void left(std::string problem);
  void again_after(Millis pause);

  const CoordinationConfig& config_;
  Told told_;
  const Millis limit_;
  RedisLink link_;
  Timer next_;
  Breaker breaker_;
  std::string trace_;  // as it is to be there; empty: none is shared
  TraceTold trace_told_;
  bool trace_asked_ = false;  // by the write under way
  RegistryEntry entry_;
  bool changed_ = false;                           // since the write under way began
  std::function<void(std::string problem)> left_;  // set: we are leaving
  bool worked_ = false;                            // the last time
};

}  // namespace usher
