// A changed configuration for a service that runs.
#include <malloc.h>

#include <algorithm>

#include "init/app/app.h"
#include "init/app/world.h"
#include "init/os/clock.h"

namespace usher {

std::string App::reload(Config fresh) {
  const std::vector<Change> found = changes(config_, fresh);
  const LifecycleConfig lifecycle = config_.lifecycle;
  const std::vector<HealthConfig> health = config_.health;
  const ResourcesConfig resources = config_.resources;
  const AlertsConfig alerts = config_.alerts;
  take(config_, fresh, Effect::now);
  const bool more = std::any_of(found.begin(), found.end(), [](const Change& change) {
    return change.effect == Effect::next_start;
  });
  next_config_ = more ? std::make_unique<Config>(std::move(fresh)) : nullptr;

  log_.configure(config_.log);
  if (config_.lifecycle != lifecycle) limit_life();
  if (config_.health != health) change_health();
  if (config_.resources != resources) watch_resources();
  if (config_.resources != resources || config_.alerts != alerts) change_alerts();
  const std::string text = describe(found);
  log_.info("reloaded").add("message", text);
  tell_changed();
  ::malloc_trim(0);  // reading files takes much memory, once
  return text;
}

// What is left of it, counted from our own start.
void App::limit_life() {
  if (config_.lifecycle.timeout == Millis{0}) return arm(TimerId::life, std::nullopt);
  const auto spent = std::chrono::duration_cast<Millis>(monotonic_now() - report_.phases.begun());
  arm(TimerId::life, std::max(config_.lifecycle.timeout - spent, Millis{0}));
}

// Checks that keep their name keep what is known of them.
void App::change_health() {
  if (!world_) return;
  const std::unique_ptr<HealthLoop> before = std::move(world_->health);
  if (!is_up(supervisor_.state())) return;  // new ones are made when it is ready
  if (!config_.health.empty()) {
    world_->health = make_health();
    before ? world_->health->take_over(*before) : world_->health->start();
  }
  const bool fails = world_->health && world_->health->any_fails();
  if (!fails) alert_over(AlertKind::unhealthy, "no check fails, since a reload");
  if (supervisor_.state() == State::unhealthy && !fails) supervisor_.post(Event::recovered);
}

// An attempt begins, and with it what had to wait for one.
void App::take_next_config() {
  if (!next_config_) return;
  const std::vector<HealthConfig> health = config_.health;
  take(config_, *next_config_, Effect::next_start);
  next_config_.reset();
  identity_.reset();
  if (config_.health != health) change_health();
}

}  // namespace usher
