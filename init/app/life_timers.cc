#include "init/app/life_timers.h"

#include <algorithm>

namespace usher {

void LifeTimers::arm(TimerId id, std::optional<Millis> after) {
  LazyTimer& timer = id == TimerId::limit ? limit_ : id == TimerId::step ? step_ : life_;
  if (!after) return timer.cancel();
  if (id == TimerId::limit && supervisor_.state() == State::backoff)
    context_.log.warn("backoff")
        .add("attempt", supervisor_.life().attempts_total)
        .add("next_in_ms", std::int64_t{after->count()});
  if (id == TimerId::limit) limit_ends_ = monotonic_now() + *after;
  timer.start(*after, [this, id] {
    if (id == TimerId::life) return supervisor_.life_over();
    supervisor_.post(id == TimerId::limit ? Event::limit : Event::step);
  });
}

void LifeTimers::stop_asked() {
  if (!stop_ends_) stop_ends_ = monotonic_now() + context_.config.shutdown.timeout;
}

Millis LifeTimers::left_of_limit() const {
  return std::max(std::chrono::round<Millis>(limit_ends_ - monotonic_now()), Millis{0});
}

std::optional<Millis> LifeTimers::left_of_stop() const {
  if (!stop_ends_) return std::nullopt;
  return std::chrono::round<Millis>(*stop_ends_ - monotonic_now());
}

void LifeTimers::limit_life(Millis spent) {
  const Millis limit = context_.config.lifecycle.timeout;
  if (limit == Millis{0}) return life_.cancel();
  arm(TimerId::life, std::max(limit - spent, Millis{0}));
}

}  // namespace usher
