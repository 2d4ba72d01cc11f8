#include "init/app/oom_watch.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

namespace usher {
namespace {

// Version 1 tells before it kills, and who was killed takes a moment to end.
constexpr Millis kMoment{200};
constexpr unsigned kLooks = 5;
// Where the kernel does not tell.
constexpr Millis kPause{5'000};

}  // namespace

OomWatch::OomWatch(const Context& context, Supervisor& supervisor, const Service& service, Alarms& alarms,
                   std::function<void()> pressed)
    : context_(context),
      supervisor_(supervisor),
      service_(service),
      alarms_(alarms),
      pressed_(std::move(pressed)),
      again_(context.runtime),
      policy_(context.runtime),
      over_(context.runtime) {}

// Who stands in for another init says and does no more than that one.
void OomWatch::begin() {
  if (context_.dialect.stands_in()) return;
  counter_.emplace(Cgroup::own_for_memory());
  before_ = known_ = counter_->count().value_or(0);
  if (::getpid() != 1) return;
  if (!counter_->listen()) return look_now_and_then();
  poll_ = std::make_unique<Poll>(context_.runtime.loop(), counter_->fd());
  poll_->start(counter_->is_exceptional() ? UV_PRIORITIZED : UV_READABLE, [this] { heard(); });
}

void OomWatch::heard() {
  counter_->told();
  pressed_();
  if (!look()) look_again(kLooks);
}

void OomWatch::look_again(unsigned times) {
  if (times == 0 || poll_ == nullptr || poll_->error() != 0 || counter_->is_exceptional()) return;
  again_.start(kMoment, [this, times] {
    if (!look()) look_again(times - 1);
  });
}

// Only where somebody asked for looks, or for what follows them: others are not woken for it.
void OomWatch::look_now_and_then() {
  const auto& wanted = context_.config.resources;
  const bool looks = wanted.interval.count() > 0;
  if (!looks && wanted.on_oom == OnOom::alert) return;
  again_.start(looks ? std::min(wanted.interval, kPause) : kPause, [this] {
    look();
    look_now_and_then();
  });
}

void OomWatch::child_killed() {
  if (counter_ && ::getpid() == 1) look();
}

bool OomWatch::look() {
  const std::uint64_t count = counter_->count().value_or(0);
  if (count <= known_) return false;
  const std::uint64_t more = count - known_;
  known_ = count;
  if (is_own_group()) tell(more);
  return true;
}

void OomWatch::tell(std::uint64_t more) {
  const auto limit = counter_->group().memory_limit();
  std::string what = "the kernel has killed " + std::to_string(more) + (more == 1 ? " process" : " processes") +
                     " of the container for want of memory";
  if (limit) what += "; its limit is " + std::to_string(*limit >> 20) + " MiB";
  context_.log.error("oom_kill")
      .add("kills", static_cast<std::int64_t>(more))
      .add("total", static_cast<std::int64_t>(known_ - before_))
      .add("message", what);
  alarms_.raise(AlertKind::oom, std::move(what));
  const Millis quiet = context_.config.alerts.sustained;
  over_.start(quiet, [this] { alarms_.clear(AlertKind::oom, "no further kill since"); });
  if (context_.config.resources.on_oom == OnOom::alert) return;
  // If it was the service itself that ended, that end is what counts.
  attempt_ = supervisor_.life().attempts_total;
  policy_.start(kMoment, [this] { follow_policy(); });
}

void OomWatch::follow_policy() {
  const Life& life = supervisor_.life();
  if (!service_.runs() || life.stop || life.attempts_total != attempt_) return;
  if (context_.config.resources.on_oom == OnOom::exit) {
    supervisor_.stop(StopCause::oom);
  } else if (supervisor_.restart(RestartCause::oom)) {
    context_.log.info("restarting").add("by", "oom");
  }
}

bool OomWatch::is_own_group() const {
  return ::getpid() == 1 && !counter_->group().shared_with_others();
}

std::uint64_t OomWatch::kills() const {
  const std::uint64_t count = counter_ ? counter_->count().value_or(0) : 0;
  return count > before_ ? count - before_ : 0;
}

bool OomWatch::killed(bool seen) const { return kills() > 0 && (seen || is_own_group()); }

}  // namespace usher
