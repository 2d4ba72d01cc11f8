// Readiness and health: what probes say, told to the supervisor.
#include <algorithm>
#include <variant>

#include "init/app/app.h"
#include "init/app/world.h"
#include "init/base/text.h"
#include "init/os/clock.h"
#include "init/os/process_tree.h"
#include "probes/make_probe.h"

namespace usher {
namespace {

// The limit of one look at a condition of readiness; readiness.timeout is that of all of them.
constexpr Millis kReadinessAttempt{3'000};

}  // namespace

MakeProbe App::prober() {
  return [this](const ProbeConfig& config) { return make_probe(config, world().probe_context); };
}

std::optional<std::string> App::line_found(const LineProbe& probe) const {
  if (!world_ || !world_->output) return std::nullopt;
  return world_->output->found(probe);
}

std::string App::last_line() const {
  return world_ && world_->output ? world_->output->findings().last_line() : std::string();
}

void App::begin_readiness() {
  World& w = world();
  w.readiness_pause = Millis{0};
  w.readiness_polls.clear();
  for (const ProbeConfig& probe : config_.readiness.probes) {
    // Of these we are told.
    if (std::holds_alternative<LineProbe>(probe) || std::holds_alternative<NotifyProbe>(probe))
      continue;
    const std::size_t index = w.readiness_polls.size();
    w.readiness_polls.push_back(std::make_unique<Poller>(
        w.loop, prober()(probe), kReadinessAttempt, config_.readiness.interval,
        [this, index] { on_readiness_result(*world_->readiness_polls[index]); }));
  }
  for (const auto& poll : w.readiness_polls) poll->start();
  check_readiness();
}

void App::on_readiness_result(const Poller& poller) {
  if (poller.last().verdict == ProbeResult::Verdict::misconfigured)
    log_.error("probe_misconfigured")
        .add("probe", poller.probe().target())
        .add("message", poller.last().reason);
  if (poller.passed()) check_readiness();
}

bool App::handlers_installed() const {
  const auto& wanted = config_.readiness.require_signal_handlers;
  if (wanted.empty()) return true;
  const auto caught = caught_signals(service_);
  if (!caught) return false;
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](int signo) { return (*caught >> (signo - 1) & 1) != 0; });
}

void App::check_readiness() {
  if (supervisor_.state() != State::starting || !config_.readiness.configured()) return;
  World& w = world();
  if ((w.output && !w.output->lines_say_ready()) || !notified_all()) return;
  const auto& polls = w.readiness_polls;
  if (!std::all_of(polls.begin(), polls.end(), [](const auto& poll) { return poll->passed(); })) return;
  if (ended_ || handlers_installed()) return supervisor_.post(Event::became_ready);
  w.readiness_pause = Poller::next_pause(w.readiness_pause, config_.readiness.interval);
  w.readiness.start(w.readiness_pause, [this] { check_readiness(); });
}

std::string App::ready_value() const {
  if (!world_) return {};
  std::string value = world_->output ? world_->output->ready_value() : std::string();
  for (const auto& poll : world_->readiness_polls)
    if (value.empty()) value = poll->last().value;
  return value;
}

bool App::waits_for_line() const { return world_->output && !world_->output->lines_say_ready(); }

std::string App::missing_for_ready() const {
  if (waits_for_line()) {
    const std::string why = world_->output->findings().why_passed_over();
    return "no line of its output has matched readiness.probe" + (why.empty() ? "" : "; " + why);
  }
  std::string missing = "it does not catch the signals of readiness.require_signal_handlers";
  if (!notified_all()) {
    missing = "it has not notified of being ready";
    if (const std::string status = notified_status(); !status.empty())
      missing += " and says " + in_quotes(status);
  }
  for (const auto& poll : world_->readiness_polls)
    if (!poll->passed()) missing = poll->probe().target() + ": " + poll->last().reason;
  return missing;
}

// Names what was waited for and the setting that says how long.
void App::log_not_ready() {
  auto line = log_.error("not_ready");
  line.add("message", not_ready_text(config_, missing_));
  if (!waits_for_line()) return;
  const std::string last = last_line();
  // Many programs collect what they print into blocks when they print to a pipe.
  line.add("last_line", last.empty() ? "none; does the service buffer its output?" : last);
}

std::unique_ptr<HealthLoop> App::make_health() {
  return std::make_unique<HealthLoop>(
      world().loop, config_.health, prober(),
      [this](const HealthLoop::Check& check, bool changed) { on_check(check, changed); });
}

void App::begin_health() {
  if (world_) world_->readiness_polls.clear();
  if (config_.health.empty()) return;
  World& w = world();
  if (!w.health) w.health = make_health();
  w.health->start();
}

void App::end_health() {
  if (world_->health) world_->health->stop();
}

void App::on_check(const HealthLoop::Check& check, bool status_changed) {
  log_.debug("check")
      .add("check", check.config.name)
      .add("took_us", std::int64_t{check.took.count()})
      .add("reason", check.last.reason);
  tell_changed();
  if (!status_changed) return;
  log_check(check);
  if (check.state.status() == CheckStatus::passing) {
    if (!world_->health->any_fails()) alert_over(AlertKind::unhealthy, "no check fails any more");
    if (supervisor_.state() == State::unhealthy && !world_->health->any_fails())
      supervisor_.post(Event::recovered);
    return;
  }
  const OnFailure action = check.config.on_failure;
  const std::string seen = check.config.name + ": " + check.last.reason + ", " +
                           std::to_string(check.state.failures_in_row()) + " times in a row";
  if (supervisor_.state() == State::ready) supervisor_.post(Event::failing);
  if (action == OnFailure::exit) supervisor_.stop(StopCause::unhealthy);
  if (action == OnFailure::restart) supervisor_.restart(RestartCause::unhealthy);
  alert(AlertKind::unhealthy, seen);
}

void App::log_check(const HealthLoop::Check& check) {
  const bool failing = check.state.status() == CheckStatus::failing;
  auto line = failing ? log_.error("check_failing") : log_.info("check_passing");
  line.add("check", check.config.name).add("target", check.target);
  if (!failing) return;
  line.add("reason", check.last.reason)
      .add("failures", check.state.failures_in_row())
      .add("setting", "health.failure_threshold");
}

void App::count_checks() {
  if (!world_ || !world_->health) return;
  for (const HealthLoop::Check* check : world_->health->checks())
    report_.checks.push_back(
        {check->config.name, check->passed_runs + check->failed_runs, check->failed_runs});
}

// Until the end, or until a check began to fail: a service that needs its health's restart each
// minute is not a stable one.
Millis App::good_for() const {
  Millis good = std::chrono::duration_cast<Millis>(monotonic_now() - ready_at_.value_or(monotonic_now()));
  if (!world_ || !world_->health) return good;
  for (const HealthLoop::Check* check : world_->health->checks())
    if (check->state.status() == CheckStatus::failing) good = std::min(good, check->state.well_for());
  return good;
}

}  // namespace usher
