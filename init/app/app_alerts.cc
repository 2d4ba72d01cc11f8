// What is wrong, told to people: by the log, a hook and a webhook. Nothing of the life of the
// service reads it back.
#include "init/app/alerting.h"
#include "init/app/app.h"
#include "init/app/resource_watch.h"
#include "init/app/world.h"
#include "init/base/duration.h"

namespace usher {
namespace {

// A hook that began now would get the stop's signals, and the stop would wait for it.
bool stop_is_under_way(State state) {
  return under_stop_limit(state) || state == State::killing || state == State::flushing;
}

}  // namespace

void App::alert(AlertKind kind, std::string seen) {
  if (dialect_ != nullptr || finished_) return;
  World& w = world();
  if (!w.alerts) {
    w.alerts = std::make_unique<Alerting>(
        w.loop, w.resolver, log_, config_.alerts,
        Alerting::Sender{report_.service, report_.instance,
                         [this] { return to_string(phase_of(supervisor_.state())); },
                         [this] { tell_changed(); }},
        [this](SpawnRequest& request) { return !prepare(request, AbsentFiles::passed_over); });
    w.alerts->sender().hold_hooks(stop_is_under_way(supervisor_.state()));
  }
  w.alerts->take(kind, true, std::move(seen));
}

void App::alert_over(AlertKind kind, std::string seen) {
  if (world_ && world_->alerts && !finished_) world_->alerts->take(kind, false, std::move(seen));
}

void App::alert_on_transition(const Transition& t) {
  if (world_ && world_->alerts) world_->alerts->sender().hold_hooks(stop_is_under_way(t.to));
  if (t.from == State::starting && t.on == Event::limit)
    alert(AlertKind::start_timeout, not_ready_text(config_, missing_));
  if (t.from == State::starting && t.to == State::ready) {
    alert_over(AlertKind::start_timeout, "the service is ready");
    alert_over(AlertKind::stop_timeout, "the service is ready again");
  }
}

void App::alert_on_coordination(const Coordination::News& news) {
  if (config_.alerts.coordination == Millis{0} || !world_ || !world_->coordination) return;
  const auto fails = [](const Breaker* breaker) { return breaker && breaker->failures() > 0; };
  const Coordination& told = *world_->coordination;
  if (fails(told.publish_breaker()) || fails(told.registry_breaker()))
    alert(AlertKind::coordination, news.redis + ": " + news.message);
  else
    alert_over(AlertKind::coordination, news.redis + " is reached again");
}

void App::alert_on_resources() {
  const AlertsConfig& config = config_.alerts;
  const ResourceWatch& watch = resources();
  const Cgroup& container = watch.container();
  const auto tell = [this](AlertKind kind, UseFact fact) {
    fact.over ? alert(kind, std::move(fact.seen)) : alert_over(kind, std::move(fact.seen));
  };
  if (config.memory > 0)
    tell(AlertKind::memory,
         memory_fact(container.memory_in_use(), container.memory_limit(), config.memory));
  if (config.cpu > 0)
    tell(AlertKind::cpu, cpu_fact(watch.cpus(), container.cpu_limit(), config.cpu));
  if (config.descriptors > 0)
    tell(AlertKind::descriptors,
         descriptors_fact(watch.last().main_descriptors, watch.last().main_descriptors_limit,
                          config.descriptors));
}

// A share of nothing is never reached: said once, since silence would look like health.
void App::warn_of_no_limit() {
  const AlertsConfig& config = config_.alerts;
  const Cgroup& container = resources().container();
  const auto warn = [this](std::string_view setting, std::string_view what) {
    log_.warn("alert_impossible")
        .add("setting", setting)
        .add("message", "the container has no limit of " + std::string(what));
  };
  if (config.memory > 0 && !container.memory_limit()) warn("alerts.memory", "memory");
  if (config.cpu > 0 && !container.cpu_limit()) warn("alerts.cpu", "CPU");
}

// What nobody looks at any more, since a reload, is no longer so.
void App::change_alerts() {
  const AlertsConfig& config = config_.alerts;
  const bool looks = config_.resources.interval > Millis{0};
  const std::string why = "no longer looked at, since a reload";
  if (!looks || config.memory <= 0) alert_over(AlertKind::memory, why);
  if (!looks || config.cpu <= 0) alert_over(AlertKind::cpu, why);
  if (!looks || config.descriptors <= 0) alert_over(AlertKind::descriptors, why);
  if (config.coordination == Millis{0}) alert_over(AlertKind::coordination, why);
  if (looks) warn_of_no_limit();
}

void App::add_alerts(MetricsText& text) const {
  using Type = MetricsText::Type;
  const Alerting* const alerting = world_ ? world_->alerts.get() : nullptr;
  const auto family = [&](std::string_view name, Type type, std::string_view help, auto value) {
    text.family(name, type, help);
    for (std::size_t i = 0; i < kAlertKinds; ++i) {
      const auto kind = static_cast<AlertKind>(i);
      text.sample(alerting ? std::uint64_t{value(alerting->alerts(), kind)} : 0,
                  {{"alert", to_string(kind)}});
    }
  };
  family("usher_alert_active", Type::gauge, "Whether it is so now, for long enough.",
         [](const Alerts& alerts, AlertKind kind) { return alerts.active(kind); });
  family("usher_alerts", Type::counter, "How often it has become so.",
         [](const Alerts& alerts, AlertKind kind) { return alerts.total(kind); });
  if (!alerting) return;
  text.family("usher_alert_messages", Type::counter,
              "Messages of alerts and of their ends, by what became of them.");
  const auto sent = [&text](std::string_view via, const AlertSender::Count& count) {
    text.sample(count.delivered, {{"via", via}, {"result", "delivered"}});
    text.sample(count.failed, {{"via", via}, {"result", "failed"}});
    text.sample(count.dropped, {{"via", via}, {"result", "dropped"}});
  };
  sent("hook", alerting->sender().hooks());
  sent("webhook", alerting->sender().posts());
}

void App::count_alerts() {
  if (!world_ || !world_->alerts) return;
  world_->alerts->end();
  for (std::size_t i = 0; i < kAlertKinds; ++i) {
    const auto kind = static_cast<AlertKind>(i);
    if (const auto total = world_->alerts->alerts().total(kind))
      report_.alerts.emplace_back(to_string(kind), total);
  }
}

}  // namespace usher
