#include "init/app/status_line.h"

namespace usher {

// Nothing is missing, and no loop is needed, where a service is ready as soon as it runs.
StatusLine::Kind StatusLine::kind_in(State state) const {
  const Config& config = context_.config;
  if (is_up(state)) return Kind::health;
  if (state == State::starting) return config.readiness.configured() ? Kind::progress : Kind::none;
  if (state == State::preparing) return config.hooks.pre_start.empty() ? kind_ : Kind::progress;
  return state == State::waiting && !config.dependencies.empty() ? Kind::progress : Kind::none;
}

void StatusLine::moved(const Transition& transition, const Facts&) {
  if (const Kind kind = kind_in(transition.to); kind != kind_) begin(kind);
}

void StatusLine::config_changed() { begin(kind_); }

void StatusLine::begin(Kind kind) {
  kind_ = kind;
  next_.cancel();
  wait();
}

void StatusLine::wait() {
  const Config& config = context_.config;
  const Millis pause = kind_ == Kind::progress ? config.startup.progress
                       : kind_ == Kind::health ? config.log.health
                                               : Millis{0};
  if (pause > Millis{0}) next_.start(pause, [this] { tell(); });
}

void StatusLine::tell() {
  const Status status = status_();
  const std::int64_t lasts = status.in_state.count();
  if (kind_ == Kind::health)
    context_.log.info("health")
        .add("health", status.healthy ? "healthy" : "unhealthy")
        .add("state", status.state)
        .add("for_ms", lasts)
        .add("reason", status.reason);
  else
    context_.log.info("progress").add("state", status.state).add("for_ms", lasts).add("missing", status.reason);
  wait();
}

}  // namespace usher
