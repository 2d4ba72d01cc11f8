// What the service says of itself, told to those who ask.
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <variant>

#include "init/app/app.h"
#include "init/app/control.h"
#include "init/app/world.h"
#include "init/os/process_tree.h"

namespace usher {

// Returns whether the ends could be made.
bool App::open_notification(SpawnRequest& request) {
  if (!Notification::wanted(config_)) return true;
  World& w = world();
  w.notification = std::make_unique<Notification>(w.loop, config_, log_, [this] { on_notified(); });
  const int error = w.notification->prepare(request);
  if (error == 0) return true;
  w.notification.reset();
  log_.error("spawn_failed")
      .add("message", std::string("cannot be notified by it: ") + std::strerror(error));
  return false;
}

void App::on_notified() {
  const Notification& notification = *world_->notification;
  log_.debug("notified")
      .add("status", notification.status())
      .add("main_pid", std::int64_t{notification.main_pid()})
      .add("stopping", notification.stopping() ? "yes" : "no");
  if (control_) control_->changed();
  check_readiness();
  tell_changed();
}

bool App::notified_all() const {
  const auto& probes = config_.readiness.probes;
  return std::all_of(probes.begin(), probes.end(), [this](const ProbeConfig& probe) {
    const auto* const notify = std::get_if<NotifyProbe>(&probe);
    return notify == nullptr || notified_ready(*notify);
  });
}

bool App::notified_ready(const NotifyProbe& probe) const {
  return world_ && world_->notification && world_->notification->ready(probe);
}

std::string App::notified_status() const {
  return world_ && world_->notification ? world_->notification->status() : std::string();
}

std::optional<Millis> App::since_watchdog() const {
  if (!world_ || !world_->notification) return std::nullopt;
  return world_->notification->since_watchdog();
}

// The process that the service has named, as long as it is one of ours; else the one we started.
pid_t App::pid() const {
  if (service_ <= 0 || !world_ || !world_->notification) return service_;
  const pid_t named = world_->notification->main_pid();
  return named > 0 && is_below(::getpid(), named).value_or(false) ? named : service_;
}

// A service that goes into the background names the process which goes on, and ends. That one is
// our child by now, and from here on the service.
bool App::main_process_goes_on(const Ended& child) {
  if (!world_ || !world_->notification) return false;
  world_->notification->listen();  // it may have named it with its last breath
  const pid_t named = world_->notification->main_pid();
  if (named <= 0 || named == child.pid) return false;
  const auto stat = read_stat(named);
  if (!stat || stat->parent != ::getpid() || stat->state == 'Z') return false;
  count(child);
  log_.info("main_process")
      .add("pid", std::int64_t{named})
      .add("instead_of", std::int64_t{child.pid});
  service_ = named;
  in_background_ = true;
  return true;
}

pid_t App::service_group() const {
  if (!in_background_ || service_ <= 0) return service_;
  const auto stat = read_stat(service_);
  return stat && stat->group != ::getpgrp() ? stat->group : service_;
}

}  // namespace usher
