// The trace of the life, made of the same transitions as the log; nothing reads it back.
#include "init/app/tracing.h"
#include "init/app/world.h"
#include "init/observe/otlp.h"
#include "init/os/clock.h"

namespace usher {

void App::begin_trace() {
  if (dialect_ != nullptr || !asks_for_traces(config_.traces, source_.environment)) return;
  OtelSettings settings =
      read_otel(config_.traces, source_.environment, report_.service, report_.instance);
  for (const std::string& problem : settings.problems) log_.warn("tracing").add("message", problem);
  if (!settings.on) return;
  TraceContext context;
  if (settings.above)
    context = *settings.above;
  else
    context.trace = hex_id(random_number()) + hex_id(random_number());
  if (!settings.above && !is_in_ratio(context.trace, settings.ratio)) return;
  const auto wall = std::chrono::duration_cast<Micros>(
      std::chrono::system_clock::now().time_since_epoch() - monotonic_now());
  log_.info("tracing").add("endpoint", settings.url.display()).add("trace_id", context.trace);
  tracing_ = std::make_unique<Tracing>(std::move(settings), config_, std::move(context),
                                       report_.phases.begun(), wall);
}

// Before what belongs to the state that is left is gone.
void App::trace(const Transition& transition) {
  Trace& trace = tracing_->trace;
  const Micros now = monotonic_now();
  if (transition.from == State::waiting && world_ && world_->dependencies) {
    std::vector<Trace::Dependency> found;
    for (const Dependencies::State& one : world_->dependencies->states())
      found.push_back({one.name, one.target, one.reason, one.satisfied, one.after});
    trace.waited_for(found, now);
  }
  std::string detail;
  if (transition.to == State::unhealthy) detail = status().reason;
  if (transition.from == State::starting && transition.on == Event::limit)
    detail = missing_;
  trace.take(transition, supervisor_.life(), now, detail);
}

void App::end_trace() {
  tracing_->trace.end(report_.verdict, report_.life, monotonic_now());
  send_spans();
}

// Once there is a loop; before, they wait in the trace.
void App::send_spans() {
  if (!tracing_ || !world_) return;
  Tracing& tracing = *tracing_;
  if (!tracing.sender)
    tracing.sender = std::make_unique<TraceSender>(
        world_->loop, world_->resolver, tracing.settings, [this](const std::string& reason) {
          auto line = std::exchange(tracing_->failure_told, true) ? log_.debug("trace_failed")
                                                                  : log_.warn("trace_failed");
          line.add("message", reason);
        });
  for (const Span& span : tracing.trace.take_ended())
    tracing.sender->add(span_json(span, tracing.trace.context(), tracing.wall));
}

void App::add_trace(MetricsText& text) const {
  const auto counts = tracing_->sender ? tracing_->sender->counts() : TraceSender::Counts();
  text.family("usher_trace_spans_sent", MetricsText::Type::counter,
              "Spans of the trace that the collector has taken.");
  text.sample(counts.sent);
  text.family("usher_trace_spans_dropped", MetricsText::Type::counter,
              "Spans of the trace that could not be sent.");
  text.sample(counts.dropped);
}

}  // namespace usher
