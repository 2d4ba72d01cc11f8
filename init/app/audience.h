// Who is told of the life of the service: of each transition at once, as the log, the trace and the
// alerts need it; and that the status is different, of which each makes what it needs once a turn of
// the loop, when all that a fact has brought is known.
#pragma once

#include <functional>
#include <vector>

#include "init/app/status.h"
#include "init/lifecycle/supervisor.h"

namespace usher {

class LifeListener {
 public:
  virtual ~LifeListener() = default;
  // `facts`: as of now, after what belonged to the state that was left is gone; without views of the
  // parts, but where the service is late or unhealthy.
  virtual void moved(const Transition&, const Facts&) {}
  // status_of(facts) is different.
  virtual void changed() {}
  // All that follows from a fact has been done: the time for what nobody waits for.
  virtual void settled() {}
};

class Audience {
 public:
  explicit Audience(std::vector<LifeListener*> listeners) : listeners_(std::move(listeners)) {}

  void moved(const Transition& transition, const Facts& facts) {
    for (LifeListener* one : listeners_) one->moved(transition, facts);
  }
  void changed() {
    for (LifeListener* one : listeners_) one->changed();
  }
  void settled() {
    for (LifeListener* one : listeners_) one->settled();
  }

 private:
  std::vector<LifeListener*> listeners_;
};

}  // namespace usher
