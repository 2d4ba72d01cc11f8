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
  if (transition.from != transition.to) follow(transition.to);
}

void StatusLine::begin() {
  begin(kind_in(State::waiting));
  follow(State::waiting);
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

// Only where the terminal is nobody else's: once the service runs, it may write there, too.
void StatusLine::follow(State state) {
  constexpr Millis kPause{500};
  move_.cancel();
  if (state == State::waiting && kind_ == Kind::progress)
    move_.start(kPause, [this] { move(); });
  else if (moved_)
    moved_ = !context_.log.move({}, {}, {});
}

void StatusLine::move() {
  const Status status = status_();
  Millis limit{0};
  for (const DependencyView& view : status.dependencies)
    for (const DependencyConfig& each : context_.config.dependencies)
      if (!view.satisfied && each.name == view.name && limit == Millis{0}) limit = each.timeout;
  moved_ = context_.log.move(status.in_state, limit, "waiting for " + status.reason);
  if (moved_) follow(State::waiting);
}

}  // namespace usher
