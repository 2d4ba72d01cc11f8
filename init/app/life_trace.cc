#include "init/app/life_trace.h"

#include <utility>

#include "init/observe/otlp.h"
#include "init/os/clock.h"
#include "init/os/random.h"

namespace usher {

void LifeTrace::begin(const char* const* environment, const std::string& instance, Micros begun) {
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
  context_.log.info("tracing")
      .add("endpoint", settings_.url.display())
      .add("trace_id", context.trace);
  trace_ = std::make_unique<Trace>(config, std::move(context), random_number, begun);
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
  if (!sender_)
    sender_ = std::make_unique<TraceSender>(context_.runtime.loop(), context_.runtime.resolver(),
                                            settings_,
                                            [this](const std::string& why) { failed(why); });
  for (const Span& span : trace_->take_ended())
    sender_->add(span_json(span, trace_->context(), wall_));
}

void LifeTrace::failed(const std::string& why) {
  Log& log = context_.log;
  auto line = std::exchange(failure_told_, true) ? log.debug("trace_failed") : log.warn("trace_failed");
  line.add("message", why);
}

void LifeTrace::add_farewell(std::vector<Farewell::Step>& steps) {
  if (!trace_) return;
  steps.push_back({[this](Millis limit, std::function<void()> done) {
                     send();
                     sender_->finish(limit, std::move(done));
                   },
                   [this](const std::string& why) {
                     if (sender_->idle()) return;
                     context_.log.warn("trace_failed").add("message", why);
                     sender_->give_up();
                   }});
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
