#include "init/app/metrics_page.h"

#include "init/app/metric_unit.h"
#include "init/observe/push.h"
#include "init/os/clock.h"

namespace usher {
namespace {

using Type = MetricsText::Type;
using Micros = std::chrono::microseconds;

std::uint64_t whole(std::int64_t number) { return static_cast<std::uint64_t>(number); }

double unix_seconds(std::chrono::system_clock::time_point time) {
  return seconds(std::chrono::duration_cast<Micros>(time.time_since_epoch()));
}

void counter(MetricsText& text, std::string_view name, std::string_view help, std::uint64_t value) {
  text.family(name, Type::counter, help);
  text.sample(value);
}

}  // namespace

std::optional<HttpAnswer> answer_probe(std::string_view path, const Status& status) {
  bool good = status.started;
  if (path == "/health/live")
    good = status.alive;
  else if (path == "/health/ready")
    good = status.healthy;
  else if (path != "/health/startup")
    return std::nullopt;
  return HttpAnswer{good ? 200 : 503, "text/plain; charset=utf-8", status.state + '\n'};
}

std::string MetricsPage::text(MetricsText::Format format) const {
  MetricsText text(format, {{"service", sources_.report.data().service}});
  add_state(text);
  add_life(text);
  if (sources_.supervisor.state() == State::exited) add_end(text);
  for (const Part& part : sources_.parts) part(text);
  return text.finish();
}

void MetricsPage::add_state(MetricsText& text) const {
  const Status now = sources_.status();
  text.family("usher_build_info", Type::gauge, "The version that runs.");
  text.sample(std::uint64_t{1}, {{"version", USHER_VERSION}});
  text.family("usher_start_time_seconds", Type::gauge, "When usher was started, in Unix time.",
              "seconds");
  text.sample(unix_seconds(sources_.report.data().started_at));
  text.family("usher_state", Type::gauge, "1 for the state that the service is in.");
  const auto state = [&](Phase phase) {
    text.sample(std::uint64_t{now.state == to_string(phase)}, {{"state", to_string(phase)}});
  };
  for (const Phase phase : kPhases) state(phase);
  state(Phase::exited);
  text.family("usher_ready", Type::gauge, "Whether the service runs and has become ready.");
  text.sample(std::uint64_t{now.ready});
  text.family("usher_healthy", Type::gauge,
              "Whether the service is ready and all its checks pass that are not only watched.");
  text.sample(std::uint64_t{now.healthy});
}

void MetricsPage::add_life(MetricsText& text) const {
  const Life& life = sources_.supervisor.life();
  const Report& report = sources_.report.data();
  text.family("usher_phase_seconds", Type::counter, "Time spent in each state so far.", "seconds");
  for (const Phase phase : kPhases)
    text.sample(seconds(report.phases.in(phase, monotonic_now())), {{"phase", to_string(phase)}});
  if (const auto after = sources_.report.ready_after()) {
    text.family("usher_ready_after_seconds", Type::gauge,
                "From the last start to ready, once it is.", "seconds");
    text.sample(seconds(*after));
  }
  counter(text, "usher_attempts", "Starts of the service.", life.attempts_total);
  counter(text, "usher_restarts", "Restarts after it was ready.", life.restarts_total);
  counter(text, "usher_forced_kills", "Stops in which something had to be killed.",
          sources_.family.counts().kills);
  counter(text, "usher_signals_forwarded", "Signals given to the service.",
          whole(report.signals_forwarded));
  counter(text, "usher_orphans_reaped", "Processes reaped that nobody else would have.",
          whole(sources_.family.counts().orphans));
  counter(text, "usher_log_lines_dropped", "Log lines that their reader did not take.",
          context_.log.dropped());
}

void MetricsPage::add_end(MetricsText& text) const {
  const Report& report = sources_.report.data();
  text.family("usher_exit_code", Type::gauge, "With what usher ends, and why.");
  text.sample(static_cast<double>(report.verdict.code),
              {{"reason", to_string(report.verdict.reason)}});
  text.family("usher_end_time_seconds", Type::gauge, "When all was over, in Unix time.", "seconds");
  text.sample(unix_seconds(report.ended_at));
}

void MetricsPage::bind() {
  const std::string& where = context_.config.metrics.listen;
  if (!where.empty()) socket_ = HttpServer::listen(where);
}

void MetricsPage::serve() {
  if (!socket_) return;
  server_ = std::make_unique<HttpServer>(
      context_.runtime.loop(), [this](const HttpRequest& request) { return answer(request); });
  const std::string why = server_->open(std::move(socket_));
  if (why.empty()) return;
  context_.log.error("metrics_failed").add("message", why).add("setting", "metrics.listen");
  server_.reset();
}

void MetricsPage::close() {
  socket_.reset();  // with its name, where nobody has been served yet
  server_.reset();
}

HttpAnswer MetricsPage::answer(const HttpRequest& request) const {
  if (request.path == "/metrics") {
    const bool open = request.accept.find("application/openmetrics-text") != std::string::npos;
    const auto format = open ? MetricsText::Format::openmetrics : MetricsText::Format::plain;
    return {200, MetricsText::content_type(format), text(format)};
  }
  if (auto probe = answer_probe(request.path, sources_.status())) return *std::move(probe);
  return {404, "text/plain; charset=utf-8", "expected /metrics or /health/live, ready or startup\n"};
}

void MetricsPage::not_pushed(const std::string& why) {
  context_.log.warn("push_failed").add("message", why).add("setting", "metrics.push");
}

void MetricsPage::push(Millis limit, std::function<void()> done) {
  push_ = std::make_unique<HttpPost>(context_.runtime.loop(), context_.runtime.resolver());
  push_->start(push_request(context_.config.metrics, sources_.report.data().service,
                            text(MetricsText::Format::plain)),
               limit, [this, done = std::move(done)](const PostResult& result) {
                 if (result.kind != PostResult::Kind::accepted) not_pushed(result.reason);
                 done();
               });
}

void MetricsPage::add_farewell(std::vector<Farewell::Step>& steps) {
  if (context_.config.metrics.push.empty()) return;
  steps.push_back({[this](Millis limit, std::function<void()> done) { push(limit, std::move(done)); },
                   [this](const std::string& why) {
                     push_.reset();
                     not_pushed(why);
                   }});
}

}  // namespace usher
