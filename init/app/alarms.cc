#include "init/app/alarms.h"

#include <utility>

#include "init/os/clock.h"

namespace usher {

Alarms::Alarms(const Context& context, Family& family, ProcessSetup& setup, Origin origin)
    : context_(context), family_(family), setup_(setup), origin_(std::move(origin)) {}

Alerting& Alarms::alerting() {
  if (alerting_) return *alerting_;
  alerting_ = std::make_unique<Alerting>(
      context_.runtime, context_.log, family_, context_.config.alerts,
      Alerting::Sender{origin_.service, origin_.instance, origin_.state, origin_.changed},
      [this](SpawnRequest& request) { return !setup_.prepare(request, AbsentFiles::passed_over); });
  alerting_->sender().hold_hooks(hooks_held_);
  return *alerting_;
}

void Alarms::raise(AlertKind kind, std::string seen) {
  if (context_.dialect.stands_in() || ended_) return;
  alerting().take(kind, true, std::move(seen));
}

void Alarms::clear(AlertKind kind, std::string seen) {
  if (alerting_ && !ended_) alerting_->take(kind, false, std::move(seen));
}

// Without anybody to be told there is nothing to do: the log has its line.
void Alarms::failed(const Verdict& verdict, const std::string& detail) {
  const AlertsConfig& config = context_.config.alerts;
  const bool said = verdict.reason == Reason::not_ready || verdict.reason == Reason::unhealthy ||
                    verdict.reason == Reason::killed;
  if (!said && (alerting_ || !config.hook.empty() || !config.webhook.empty())) raise(AlertKind::failed, detail);
}

void Alarms::moved(const Transition& t, const Facts& facts) {
  if (t.from == t.to) return;
  hooks_held_ = holds_alert_hooks(t.to);
  if (alerting_) alerting_->sender().hold_hooks(hooks_held_);
  if (t.from != State::starting) return;
  if (t.on == Event::limit)
    raise(AlertKind::start_timeout,
          not_ready_text(facts.config, facts.attempt ? facts.attempt->missing : ""));
  if (t.to != State::ready) return;
  clear(AlertKind::start_timeout, "the service is ready");
  clear(AlertKind::stop_timeout, "the service is ready again");
}

void Alarms::config_changed() {
  for (const AlertRow& row : kAlerts)
    if (row.watched && !row.watched(context_.config)) clear(row.kind, "no longer looked at, since a reload");
}

void Alarms::end() {
  ended_ = true;
  if (alerting_) alerting_->end();
}

void Alarms::add_farewell(std::vector<Farewell::Step>& steps) {
  if (!alerting_) return;
  steps.push_back({[this](Millis limit, std::function<void()> done) {
                     alerting_->sender().finish(limit, std::move(done));
                   },
                   [this](const std::string& why) { alerting_->sender().give_up(why); }});
}

std::vector<AlertView> Alarms::active() const {
  std::vector<AlertView> active;
  if (!alerting_) return active;
  const Alerts& alerts = alerting_->alerts();
  for (const AlertRow& row : kAlerts) {
    if (!alerts.active(row.kind)) continue;
    const auto lasts = std::chrono::duration_cast<Millis>(monotonic_now() - alerts.since(row.kind));
    active.push_back({std::string(row.name), std::string(row.setting), alerts.seen(row.kind), lasts});
  }
  return active;
}

std::vector<std::pair<std::string, std::uint64_t>> Alarms::totals() const {
  std::vector<std::pair<std::string, std::uint64_t>> totals;
  if (!alerting_) return totals;
  for (const AlertRow& row : kAlerts)
    if (const auto total = alerting_->alerts().total(row.kind)) totals.emplace_back(row.name, total);
  return totals;
}

void Alarms::add_to(MetricsText& text) const {
  using Type = MetricsText::Type;
  const auto family = [&](std::string_view name, Type type, std::string_view help, auto value) {
    text.family(name, type, help);
    for (const AlertRow& row : kAlerts)
      text.sample(alerting_ ? std::uint64_t{value(alerting_->alerts(), row.kind)} : 0, {{"alert", row.name}});
  };
  family("usher_alert_active", Type::gauge, "Whether it is so now, for long enough.",
         [](const Alerts& alerts, AlertKind kind) { return alerts.active(kind); });
  family("usher_alerts", Type::counter, "How often it has become so.",
         [](const Alerts& alerts, AlertKind kind) { return alerts.total(kind); });
  if (!alerting_) return;
  text.family("usher_alert_messages", Type::counter,
              "Messages of alerts and of their ends, by what became of them.");
  const auto sent = [&text](std::string_view via, const AlertSender::Count& count) {
    text.sample(count.delivered, {{"via", via}, {"result", "delivered"}});
    text.sample(count.failed, {{"via", via}, {"result", "failed"}});
    text.sample(count.dropped, {{"via", via}, {"result", "dropped"}});
  };
  sent("hook", alerting_->sender().hooks());
  sent("webhook", alerting_->sender().posts());
}

}  // namespace usher
