// What there is to measure, for Prometheus, and the answers to a kubelet's probes. Nothing of the
// life of the service reads it back.
#include <string>

#include "init/app/app.h"
#include "init/app/world.h"
#include "init/net/http_server.h"
#include "init/observe/metrics_text.h"
#include "init/os/clock.h"

namespace usher {
namespace {

using Type = MetricsText::Type;

double seconds(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::uint64_t whole(std::int64_t number) { return static_cast<std::uint64_t>(number); }

void add_checks(MetricsText& text, const std::vector<const HealthLoop::Check*>& checks) {
  if (checks.empty()) return;
  text.family("usher_check_up", Type::gauge, "Whether the health check passes, by its thresholds.");
  for (const auto* check : checks)
    text.sample(std::uint64_t{check->state.status() == CheckStatus::passing},
                {{"check", check->config.name}});
  text.family("usher_check_failures_in_row", Type::gauge,
              "Failed runs since the last that passed.");
  for (const auto* check : checks)
    text.sample(std::uint64_t{check->state.failures_in_row()}, {{"check", check->config.name}});
  text.family("usher_check_runs", Type::counter, "Runs of the health check by their result.");
  for (const auto* check : checks) {
    text.sample(check->passed_runs, {{"check", check->config.name}, {"result", "pass"}});
    text.sample(check->failed_runs, {{"check", check->config.name}, {"result", "fail"}});
  }
  text.histogram_family("usher_check_duration_seconds", "How long runs of the health check took.",
                        "seconds");
  for (const auto* check : checks)
    text.histogram(DurationHistogram::kBounds, check->durations.counts, check->durations.sum,
                   {{"check", check->config.name}});
}

void add_breakers(MetricsText& text, const Coordination& coordination) {
  const auto state = [&text](const Breaker* breaker, std::string_view use) {
    using enum Breaker::State;
    for (const Breaker::State each : {closed, open, half_open})
      if (breaker)
        text.sample(std::uint64_t{breaker->state() == each},
                    {{"use", use}, {"state", to_string(each)}});
  };
  text.family("usher_redis_breaker_state", Type::gauge,
              "1 for the state of the breaker before the Redis server: open lets nothing through.");
  state(coordination.publish_breaker(), "publish");
  state(coordination.registry_breaker(), "registry");
  text.family("usher_redis_failures_in_row", Type::gauge,
              "Attempts to reach the Redis server that failed since the last that succeeded.");
  if (const Breaker* breaker = coordination.publish_breaker())
    text.sample(std::uint64_t{breaker->failures()}, {{"use", "publish"}});
  if (const Breaker* breaker = coordination.registry_breaker())
    text.sample(std::uint64_t{breaker->failures()}, {{"use", "registry"}});
}

}  // namespace

std::string App::metrics(MetricsText::Format format) {
  MetricsText text(format, {{"service", report_.service}});
  text.family("usher_build_info", Type::gauge, "The version that runs.");
  text.sample(std::uint64_t{1}, {{"version", USHER_VERSION}});
  const auto started = report_.started_at.time_since_epoch();
  text.family("usher_start_time_seconds", Type::gauge, "When usher was started, in Unix time.",
              "seconds");
  text.sample(seconds(std::chrono::duration_cast<Micros>(started)));
  text.family("usher_state", Type::gauge, "1 for the state that the service is in.");
  const Phase present = phase_of(supervisor_.state());
  for (const Phase phase : kPhases)
    text.sample(std::uint64_t{phase == present}, {{"state", to_string(phase)}});
  text.sample(std::uint64_t{present == Phase::exited}, {{"state", to_string(Phase::exited)}});
  text.family("usher_ready", Type::gauge, "Whether the service runs and has become ready.");
  text.sample(std::uint64_t{is_up(supervisor_.state())});
  text.family("usher_healthy", Type::gauge,
              "Whether the service is ready and all its checks pass.");
  text.sample(std::uint64_t{status().healthy});
  add_life(text);
  if (finished_) add_end(text);
  if (tracing_) add_trace(text);
  if (world_ && world_->health) add_checks(text, world_->health->checks());
  if (world_ && world_->coordination) add_breakers(text, *world_->coordination);
  add_resources(text);
  add_alerts(text);
  return text.finish();
}

void App::add_life(MetricsText& text) const {
  const Life& life = supervisor_.life();
  text.family("usher_phase_seconds", Type::counter, "Time spent in each state so far.", "seconds");
  for (const Phase phase : kPhases)
    text.sample(seconds(report_.phases.in(phase, monotonic_now())), {{"phase", to_string(phase)}});
  if (ready_at_) {
    text.family("usher_ready_after_seconds", Type::gauge, "From the last start to ready.",
                "seconds");
    text.sample(seconds(*ready_at_ - spawned_at_));
  }
  const auto counter = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    text.family(name, Type::counter, help);
    text.sample(value);
  };
  counter("usher_attempts", "Starts of the service.", life.attempts_total);
  counter("usher_restarts", "Restarts after it was ready.", life.restarts_total);
  counter("usher_forced_kills", "Stops in which the service had to be killed.", forced_kills_);
  counter("usher_signals_forwarded", "Signals given to the service.",
          whole(report_.signals_forwarded));
  counter("usher_orphans_reaped", "Processes reaped that nobody else would have.",
          whole(report_.orphans_reaped));
  counter("usher_log_lines_dropped", "Log lines that their reader did not take.", log_.dropped());
}

void App::add_end(MetricsText& text) const {
  text.family("usher_exit_code", Type::gauge, "With what usher ends, and why.");
  text.sample(static_cast<double>(report_.verdict.code),
              {{"reason", to_string(report_.verdict.reason)}});
  text.family("usher_end_time_seconds", Type::gauge, "When all was over, in Unix time.", "seconds");
  const auto ended = report_.ended_at.time_since_epoch();
  text.sample(seconds(std::chrono::duration_cast<Micros>(ended)));
}

void App::open_metrics() {
  if (!metrics_socket_) return;
  World& w = world();
  w.http = std::make_unique<HttpServer>(
      w.loop, [this](const HttpRequest& request) { return answer(request); });
  if (const std::string why = w.http->open(std::move(metrics_socket_)); !why.empty()) {
    log_.error("metrics_failed").add("message", why).add("setting", "metrics.listen");
    w.http.reset();
  }
}

// The probes mean what a kubelet does with them: one that is not live is killed, one that is not
// ready gets no traffic, and nothing else is asked before the start is over.
HttpAnswer App::answer(const HttpRequest& request) {
  const Status now = status();
  const auto say = [&now](bool good) {
    return HttpAnswer{good ? 200 : 503, "text/plain; charset=utf-8", now.state + '\n'};
  };
  if (request.path == "/health/live") return say(now.live);
  if (request.path == "/health/ready") return say(now.healthy);
  if (request.path == "/health/startup") return say(now.started);
  if (request.path != "/metrics")
    return {404, "text/plain; charset=utf-8",
            "expected /metrics or /health/live, ready or startup\n"};
  const bool open = request.accept.find("application/openmetrics-text") != std::string::npos;
  const auto format = open ? MetricsText::Format::openmetrics : MetricsText::Format::plain;
  return {200, MetricsText::content_type(format), metrics(format)};
}

}  // namespace usher
