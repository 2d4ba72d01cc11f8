#include "init/app/health_watch.h"

#include <algorithm>
#include <utility>

#include "init/os/clock.h"
#include "probes/make_probe.h"

namespace usher {
namespace {

CheckView view_of(const HealthConfig& config) {
  CheckView view;
  view.name = config.name;
  view.kind = kind_of(config.probe);
  view.level = level_of(config);
  view.target = target_of(config.probe);
  return view;
}

CheckView view_of(const HealthLoop::Check& check) {
  CheckView view;
  view.name = check.config.name;
  view.kind = kind_of(check.config.probe);
  view.level = level_of(check.config);
  view.target = check.target;
  view.status = check.state.status();
  view.failures = check.state.consecutive_failures();
  view.reason = check.last.reason;
  if (check.last_at.count() == 0) return view;
  view.latency = check.last.latency;
  view.age = std::chrono::duration_cast<Millis>(monotonic_now() - check.last_at);
  return view;
}

}  // namespace

Millis stable_for(Millis ready_for, const std::vector<const HealthLoop::Check*>& checks) {
  Millis good = ready_for;
  for (const HealthLoop::Check* check : checks)
    if (level_of(check->config) != CheckLevel::watch && check->state.status() == CheckStatus::failing)
      good = std::min(good, check->state.stable_for());
  return good;
}

Millis HealthWatch::stable_for(Micros ready_at) const {
  return usher::stable_for(std::chrono::duration_cast<Millis>(monotonic_now() - ready_at), checks());
}

const HealthWatch::Checks& HealthWatch::checks() const {
  static const Checks none;
  return loop_ ? loop_->checks() : none;
}

std::unique_ptr<HealthLoop> HealthWatch::make() {
  return std::make_unique<HealthLoop>(
      context_.runtime.loop(), context_.config.health, make_,
      [this](const HealthLoop::Check& check, bool changed) { on_check(check, changed); });
}

void HealthWatch::begin() {
  if (context_.config.health.empty()) return;
  if (!loop_) loop_ = make();
  loop_->start();
}

void HealthWatch::end() {
  if (loop_) loop_->stop();
}

void HealthWatch::config_changed() {
  const std::unique_ptr<HealthLoop> before = std::move(loop_);
  if (!is_up(supervisor_.state())) return;  // new ones are made when it is ready
  if (!context_.config.health.empty()) {
    loop_ = make();
    before ? loop_->take_over(*before) : loop_->start();
  }
  settle("no check fails, since a reload");
}

void HealthWatch::on_check(const HealthLoop::Check& check, bool status_changed) {
  context_.log.debug("check")
      .add("check", check.config.name)
      .add("took_us", std::int64_t{check.took.count()})
      .add("reason", check.last.reason);
  listener_.checked();
  if (!status_changed) return;
  log(check);
  if (check.state.status() == CheckStatus::failing) return failed(check);
  settle("no check fails any more");
}

void HealthWatch::failed(const HealthLoop::Check& check) {
  const OnFailure action = check.config.on_failure;
  const std::string seen = check.config.name + ": " + check.last.reason + ", " +
                           std::to_string(check.state.consecutive_failures()) + " times in a row";
  if (level_of(check.config) != CheckLevel::watch && supervisor_.state() == State::ready)
    supervisor_.post(Event::failing);
  if (action == OnFailure::exit) supervisor_.stop(StopCause::unhealthy);
  if (action == OnFailure::restart) supervisor_.restart(RestartCause::unhealthy);
  listener_.check_failed(seen);
}

// The service is unhealthy by the checks that count; people hear of the others, too.
void HealthWatch::settle(const std::string& why) {
  if (!loop_ || !loop_->any_fails()) listener_.checks_recovered(why);
  const bool fails = loop_ && loop_->service_fails();
  if (!fails && supervisor_.state() == State::unhealthy) supervisor_.post(Event::recovered);
  if (fails && supervisor_.state() == State::ready) supervisor_.post(Event::failing);
}

void HealthWatch::log(const HealthLoop::Check& check) {
  const bool failing = check.state.status() == CheckStatus::failing;
  auto line = failing ? context_.log.error("check_failing") : context_.log.info("check_passing");
  line.add("check", check.config.name).add("target", check.target);
  line.add("check_level", to_string(level_of(check.config)));
  if (!failing) return;
  line.add("reason", check.last.reason)
      .add("failures", check.state.consecutive_failures())
      .add("setting", "health.failure_threshold");
}

std::vector<CheckView> HealthWatch::views() const {
  std::vector<CheckView> views;
  if (loop_)
    for (const HealthLoop::Check* check : checks()) views.push_back(view_of(*check));
  else
    for (const HealthConfig& config : context_.config.health) views.push_back(view_of(config));
  return views;
}

std::vector<CheckCount> HealthWatch::counts() const {
  std::vector<CheckCount> counts;
  for (const HealthLoop::Check* check : checks())
    counts.push_back({check->config.name, check->passed_runs + check->failed_runs, check->failed_runs});
  return counts;
}

void HealthWatch::add_to(MetricsText& text) const {
  using Type = MetricsText::Type;
  if (checks().empty()) return;
  text.family("usher_check_up", Type::gauge, "Whether the health check passes, by its thresholds.");
  for (const auto* check : checks())
    text.sample(std::uint64_t{check->state.status() == CheckStatus::passing},
                {{"check", check->config.name}});
  text.family("usher_check_failures_in_row", Type::gauge,
              "Failed runs since the last that passed.");
  for (const auto* check : checks())
    text.sample(std::uint64_t{check->state.consecutive_failures()}, {{"check", check->config.name}});
  text.family("usher_check_runs", Type::counter, "Runs of the health check by their result.");
  for (const auto* check : checks()) {
    text.sample(check->passed_runs, {{"check", check->config.name}, {"result", "pass"}});
    text.sample(check->failed_runs, {{"check", check->config.name}, {"result", "fail"}});
  }
  text.histogram_family("usher_check_duration_seconds", "How long runs of the health check took.",
                        "seconds");
  for (const auto* check : checks())
    text.histogram(DurationHistogram::kBounds, check->durations.counts, check->durations.sum,
                   {{"check", check->config.name}});
}

}  // namespace usher
