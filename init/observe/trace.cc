#include "init/observe/trace.h"

#include <algorithm>

#include "init/base/signal_name.h"

namespace usher {
namespace {

// What a life, or an attempt, that ends in this way has failed at; empty where it has not.
std::string failure_of(const Verdict& verdict) {
  const bool well = verdict.reason == Reason::stopped ||
                    verdict.reason == Reason::stopped_before_start ||
                    (verdict.reason == Reason::exited && verdict.code == 0);
  return well ? "" : std::string(to_string(verdict.reason)) + ' ' + std::to_string(verdict.code);
}

std::string failure_of_start(const Transition& t, const Life& life, const Config& config) {
  if (t.on == Event::limit) return "not ready in time";
  if (t.on != Event::gone) return {};
  if (life.spawn_failure) return "could not be started";
  const bool done =
      config.service.type == ServiceType::job && life.exit && shell_code(*life.exit) == 0;
  return done ? "" : "ended before it was ready";
}

bool is_end_of_service(State state) {
  return state == State::delaying || state == State::pre_stop || state == State::stopping ||
         state == State::draining || state == State::killing;
}

}  // namespace

Trace::Trace(const Config& config, TraceContext context, std::function<std::uint64_t()> random,
             Micros begin)
    : config_(config), context_(std::move(context)), random_(std::move(random)) {
  Span above;
  above.id = context_.parent;
  life_ = begun("life", above, begin);
  root_ = life_->id;
  if (!config_.dependencies.empty()) wait_ = begun("wait", *life_, begin);
}

Span Trace::begun(std::string name, const Span& parent, Micros now) {
  Span span;
  span.id = hex_id(random_());
  span.parent = parent.id;
  span.name = std::move(name);
  span.begin = now;
  return span;
}

void Trace::close(std::optional<Span>& span, Micros now, std::string failure) {
  if (!span) return;
  span->end = now;
  if (!failure.empty()) {
    span->failed = true;
    span->message = std::move(failure);
  }
  ended_.push_back(std::move(*span));
  span.reset();
}

std::string Trace::parent_of_processes() const {
  return traceparent(context_.trace, attempt_ ? attempt_->id : root_);
}

void Trace::move_to(TraceContext context) {
  const std::string before = std::exchange(context_, std::move(context)).trace;
  const auto move = [&](Span& span) {
    if (span.id == root_) span.parent = context_.parent;
    if (span.name == "attempt" && before != context_.trace) span.process_trace = before;
  };
  for (Span& span : ended_) move(span);
  if (life_) move(*life_);
  if (attempt_) move(*attempt_);
}

void Trace::take(const Transition& t, const Life& life, Micros now, std::string_view detail) {
  if (!life_ || t.act == Act::illegal) return;
  if (t.from == t.to) {
    if (stop_ && t.on == Event::stop) stop_->moments.push_back({"stop asked for again", now});
    return;
  }
  leave(t, life, now, detail);
  enter(t, life, now, detail);
}

void Trace::leave(const Transition& t, const Life& life, Micros now, std::string_view detail) {
  switch (t.from) {
    case State::waiting:
      for (Span& each : waits_) {
        each.failed = !each.message.empty() && life.dependency_failed;
        if (!each.failed) each.message.clear();
        ended_.push_back(std::move(each));
      }
      waits_.clear();
      close(wait_, now, life.dependency_failed ? "a dependency is not there" : "");
      break;
    case State::preparing:
      close(hooks_, now, t.on == Event::hooks_failed ? "a hook has failed" : "");
      break;
    case State::starting: {
      std::string failure = failure_of_start(t, life, config_);
      if (!failure.empty() && !detail.empty()) failure += ": " + std::string(detail);
      close(start_, now, std::move(failure));
      break;
    }
    case State::unhealthy:
      close(outage_, now, outage_ ? outage_->message : "");
      break;
    case State::flushing:
      end_attempt(life, now);
      break;
    case State::backoff:
      close(backoff_, now);
      break;
    case State::post_stop:
      close(hooks_, now, t.on == Event::hooks_failed ? "a hook has failed" : "");
      break;
    default:
      break;
  }
}

void Trace::enter(const Transition& t, const Life& life, Micros now, std::string_view detail) {
  switch (t.to) {
    case State::preparing:
      attempt_ = begun("attempt", *life_, now);
      if (!config_.hooks.pre_start.empty()) hooks_ = begun("pre_start", *attempt_, now);
      break;
    case State::starting:
      start_ = begun("start", *attempt_, now);
      break;
    case State::ready:
      if (t.from == State::starting) attempt_->moments.push_back({"ready", now});
      break;
    case State::unhealthy:
      outage_ = begun("unhealthy", *attempt_, now);
      outage_->message = detail.empty() ? "a health check fails" : detail;
      break;
    case State::backoff:
      backoff_ = begun("backoff", *life_, now);
      break;
    case State::post_stop:
      if (!config_.hooks.post_stop.empty() && (life.attempts_total > 0 || life.hook_failed))
        hooks_ = begun("post_stop", *life_, now);
      break;
    default:
      if (is_end_of_service(t.to)) enter_stop(t, life, now);
  }
}

// One span for all that it takes until nothing of the service is left.
void Trace::enter_stop(const Transition& t, const Life& life, Micros now) {
  if (!stop_ && attempt_) {
    const bool by_itself = t.on == Event::gone || t.on == Event::hooks_failed;
    stop_ = begun(by_itself ? "drain" : "stop", *attempt_, now);
    std::string_view cause;
    if (t.on == Event::stop && life.stop) cause = to_string(life.stop->cause);
    if (t.on == Event::limit) cause = "not ready";
    if (t.on == Event::restart) cause = "restart";
    if (!cause.empty()) stop_->attributes.emplace_back("usher.stop.cause", std::string(cause));
    if (t.on == Event::stop && life.stop && life.stop->cause == StopCause::signal)
      stop_->attributes.emplace_back("usher.stop.signal", signal_name(life.stop->signo));
  }
  if (stop_) stop_->moments.push_back({to_string(t.to), now});
}

void Trace::end_attempt(const Life& life, Micros now) {
  close(stop_, now, life.forced || life.unkillable ? "had to be killed" : "");
  if (!attempt_) return;
  auto& attributes = attempt_->attributes;
  attributes.emplace_back("usher.attempt", std::int64_t{life.attempts_total});
  if (life.exit && life.exit->signal == 0)
    attributes.emplace_back("process.exit.code", std::int64_t{life.exit->code});
  if (life.exit && life.exit->signal != 0)
    attributes.emplace_back("usher.exit.signal", signal_name(life.exit->signal));
  close(attempt_, now, failure_of(judge(life, config_)));
}

void Trace::waited_for(const std::vector<Dependency>& dependencies, Micros now) {
  if (!wait_) return;
  for (const Dependency& one : dependencies) {
    Span span = begun("dependency " + one.name, *wait_, wait_->begin);
    span.end = one.satisfied ? std::min(span.begin + one.after, now) : now;
    span.attributes.emplace_back("usher.target", one.target);
    if (!one.satisfied) span.message = one.reason.empty() ? "not there" : one.reason;
    waits_.push_back(std::move(span));
  }
}

void Trace::spawned(std::int64_t pid) {
  if (attempt_) attempt_->attributes.emplace_back("process.pid", pid);
}

void Trace::end(const Verdict& verdict, const Life& life, Micros now) {
  if (!life_) return;
  for (auto* open : {&hooks_, &start_, &outage_, &stop_, &backoff_, &attempt_, &wait_})
    close(*open, now);
  auto& attributes = life_->attributes;
  attributes.emplace_back("usher.reason", std::string(to_string(verdict.reason)));
  attributes.emplace_back("usher.exit_code", std::int64_t{verdict.code});
  attributes.emplace_back("usher.attempts", std::int64_t{life.attempts_total});
  attributes.emplace_back("usher.restarts", std::int64_t{life.restarts_total});
  close(life_, now, failure_of(verdict));
}

}  // namespace usher
