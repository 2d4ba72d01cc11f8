#include "init/app/life_trace.h"

#include <utility>

#include "init/observe/otlp.h"
#include "init/os/clock.h"
#include "init/os/random.h"

namespace usher {

void LifeTrace::begin(const char* const* environment, const std::string& instance, Micros begun,
                      std::function<void(const std::string& trace)> named) {
  const Config& config = context_.config;
  if (context_.dialect.stands_in() || !asks_for_traces(config.traces, environment)) return;
  settings_ = read_otel(config.traces, environment, config.service.name, instance);
  for (const std::string& problem : settings_.problems)
    context_.log.warn("tracing").add("message", problem);
  if (!settings_.on) return;
  TraceContext context;
  if (settings_.above)
    context = *settings_.above;
  else
    context.trace = hex_id(random_number()) + hex_id(random_number());
  if (!settings_.above && !is_in_ratio(context.trace, settings_.ratio)) return;
  wall_ = std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch() -
                                             monotonic_now());
  trace_ = std::make_unique<Trace>(config, std::move(context), random_number, begun);
  named_ = std::move(named);
  unsettled_ = !offer().empty() && !settings_.above;
  if (!unsettled_) settle();
}

std::string LifeTrace::offer() const {
  const Config& config = context_.config;
  if (!trace_ || !config.traces.shared || config.coordination.redis.empty()) return {};
  const TraceContext& own = trace_->context();
  return own.parent.empty() ? own.trace : traceparent(own.trace, own.parent);
}

void LifeTrace::shared(const std::string& value, const std::string& problem) {
  if (!unsettled_) return;
  auto context = parse_shared_trace(value);
  if (context && context->trace != trace_->context().trace) trace_->move_to(std::move(*context));
  settle(value.empty() ? "not shared: " + problem : "");
}

// From now on it stays the one that it is.
void LifeTrace::settle(const std::string& problem) {
  unsettled_ = false;
  patience_.cancel();
  const std::string& id = trace_->context().trace;
  auto line = context_.log.info("tracing");
  line.add("endpoint", settings_.url.display()).add("trace_id", id);
  if (!problem.empty()) line.add("message", problem);
  named_(id);
  send();
  if (const auto then = std::exchange(then_, nullptr)) then();
}

void LifeTrace::spawned(pid_t pid) {
  if (trace_) trace_->spawned(pid);
}

void LifeTrace::waited(Micros now) {
  std::vector<Trace::Dependency> found;
  for (const Dependencies::State& one : dependencies_.states())
    found.push_back({one.name, one.target, one.reason, one.satisfied, one.after});
  if (!found.empty()) trace_->waited_for(found, now);
}

void LifeTrace::moved(const Transition& transition, const Facts& facts) {
  if (!trace_) return;
  const Micros now = monotonic_now();
  if (transition.from == State::waiting && transition.to != State::waiting) waited(now);
  std::string detail;
  if (transition.to == State::unhealthy) detail = status_of(facts).reason;
  if (transition.from == State::starting && transition.on == Event::limit && facts.attempt)
    detail = facts.attempt->missing;
  trace_->take(transition, facts.life, now, detail);
}

void LifeTrace::end(const Verdict& verdict, const Life& life) {
  if (!trace_) return;
  trace_->end(verdict, life, monotonic_now());
  send();
}

// Once there is a loop; before, they wait in the trace.
void LifeTrace::send() {
  if (!trace_ || !context_.runtime.has_loop()) return;
  if (unsettled_) {
    if (trace_->any_ended() && !std::exchange(waits_, true))
      patience_.start(TraceSender::kDelay, [this] { settle(); });
    return;
  }
  if (!sender_)
    sender_ = std::make_unique<TraceSender>(context_.runtime.loop(), context_.runtime.resolver(),
                                            settings_,
                                            [this](const std::string& why) { failed(why); });
  for (const Span& span : trace_->take_ended())
    sender_->add((settings_.protobuf ? span_protobuf : span_json)(span, trace_->context(), wall_));
}

void LifeTrace::failed(const std::string& why) {
  Log& log = context_.log;
  auto line = std::exchange(failure_told_, true) ? log.debug("trace_failed") : log.warn("trace_failed");
  line.add("message", why);
}

void LifeTrace::add_farewell(std::vector<Farewell::Step>& steps) {
  if (!trace_) return;
  steps.push_back({[this](Millis limit, std::function<void()> done) {
                     say_goodbye(limit, std::move(done));
                   },
                   [this](const std::string& why) { give_up(why); }});
}

// The registry says goodbye at the same time, and hears whose trace it is, or that nobody answers.
void LifeTrace::say_goodbye(Millis limit, std::function<void()> done) {
  if (unsettled_) {
    then_ = [this, limit, done = std::move(done)] { say_goodbye(limit / 2, done); };
    return patience_.start(limit / 2, [this] { settle(); });
  }
  send();
  sender_->finish(limit, std::move(done));
}

void LifeTrace::give_up(const std::string& why) {
  if (sender_ && sender_->idle()) return;
  context_.log.warn("trace_failed").add("message", why);
  then_ = nullptr;
  patience_.cancel();
  if (sender_) sender_->give_up();
}

void LifeTrace::add_to(MetricsText& text) const {
  if (!trace_) return;
  const auto counts = sender_ ? sender_->counts() : TraceSender::Counts();
  text.family("usher_trace_spans_sent", MetricsText::Type::counter,
              "Spans of the trace that the collector has taken.");
  text.sample(counts.sent);
  text.family("usher_trace_spans_dropped", MetricsText::Type::counter,
              "Spans of the trace that could not be sent.");
  text.sample(counts.dropped);
}

}  // namespace usher
