#include "init/app/announcer.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace usher {
namespace {

std::int64_t since_1970(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<Millis>(time.time_since_epoch()).count();
}

}  // namespace

RegistryEntry entry_of(const Status& status) {
  RegistryEntry entry;
  entry.service = status.service;
  entry.instance = status.instance;
  entry.state = status.state;
  entry.health = !status.ended.empty() ? status.ended : status.healthy ? "healthy" : "unhealthy";
  if (!status.healthy) entry.reason = status.reason;
  entry.value = status.ready_value;
  entry.attempt = status.starts;
  entry.restarts = status.restarts;
  entry.exit_code = status.exit_code;
  return entry;
}

// A target is the URL of a server, or a host and a port, and what is wanted there.
bool awaits(const std::vector<DependencyView>& dependencies, const RedisUrl& server) {
  RedisUrl of = server;
  of.database = 0;
  const std::string url = of.display(), address = url.substr(url.find("://") + 3);
  return std::any_of(dependencies.begin(), dependencies.end(), [&](const DependencyView& one) {
    const std::string_view target = one.target;
    if (one.satisfied) return false;
    return std::ranges::any_of(std::array<std::string_view, 2>{url, address}, [&](auto place) {
      return target.starts_with(place) &&
             (target.size() == place.size() ||
              std::string_view(" /?").find(target[place.size()]) != std::string_view::npos);
    });
  });
}

Coordination* Announcer::coordination() {
  if (!coordination_ && Coordination::configured(context_.config)) {
    coordination_ = std::make_unique<Coordination>(
        context_.runtime.loop(), context_.runtime.resolver(), context_.config,
        [this](const Coordination::News& news) {
          log(news);
          alarm(news);
        },
        [this](const RedisUrl& server) { return awaits(dependencies_.views(), server); });
    coordination_->share_trace(trace_, trace_told_);
  }
  return coordination_.get();
}

void Announcer::starting() {
  if (coordination()) coordination_->starting();
}

void Announcer::ready(const std::string& value) {
  if (coordination()) coordination_->ready(value);
}

void Announcer::changed() {
  if (leaving_ || context_.config.coordination.redis.empty()) return;
  if (!end_of_turn_)
    end_of_turn_ = std::make_unique<EndOfTurn>(context_.runtime.loop(), [this] { show(); });
  end_of_turn_->ask();
}

void Announcer::show() {
  if (leaving_) return;
  const auto now = std::chrono::system_clock::now();
  const Status status = status_();
  if (status.state != shown_) {
    shown_ = status.state;
    shown_since_ = now;
  }
  RegistryEntry entry = entry_of(status);
  entry.since_ms = since_1970(shown_since_);
  entry.started_ms = since_1970(started_);
  coordination()->show(std::move(entry));
}

void Announcer::log(const Coordination::News& news) {
  auto line = context_.log.at(news.level, news.event);
  if (!news.redis.empty()) line.add("redis", news.redis);
  if (!news.key.empty()) line.add("key", news.key);
  if (!news.value.empty()) line.add("value", news.value);
  if (!news.message.empty()) line.add("message", news.message);
}

void Announcer::alarm(const Coordination::News& news) {
  if (context_.config.alerts.coordination == Millis{0} || !coordination_) return;
  const auto fails = [](const Breaker* breaker) { return breaker && breaker->failures() > 0; };
  if (fails(coordination_->publish_breaker()) || fails(coordination_->registry_breaker()))
    alarms_.raise(AlertKind::coordination, news.redis + ": " + news.message);
  else
    alarms_.clear(AlertKind::coordination, news.redis + " is reached again");
}

void Announcer::add_farewell(std::vector<Farewell::Step>& steps) {
  if (!coordination()) return;
  if (!context_.config.coordination.redis.empty()) show();
  leaving_ = true;
  steps.push_back({[this](Millis limit, std::function<void()> done) {
                     coordination_->stop(limit, std::move(done));
                   },
                   [this](const std::string& why) { coordination_->give_up(why); }});
}

Publication Announcer::publication() const {
  const Publisher* const publisher = coordination_ ? coordination_->publisher() : nullptr;
  if (!publisher) return {false, "readiness.publish.redis.url is not set"};
  return {publisher->published(), publisher->problem()};
}

std::string Announcer::shown_value(std::string found) const {
  const bool other = coordination_ && !coordination_->published().empty();
  return other ? coordination_->published() : std::move(found);
}

void Announcer::add_to(MetricsText& text) const {
  using Type = MetricsText::Type;
  if (!coordination_) return;
  const auto state = [&text](const Breaker* breaker, std::string_view use) {
    using enum Breaker::State;
    for (const Breaker::State each : {closed, open, half_open})
      if (breaker)
        text.sample(std::uint64_t{breaker->state() == each},
                    {{"use", use}, {"state", to_string(each)}});
  };
  const Breaker* const publish = coordination_->publish_breaker();
  const Breaker* const registry = coordination_->registry_breaker();
  text.family("usher_redis_breaker_state", Type::gauge,
              "1 for the state of the breaker before the Redis server: open lets nothing through.");
  state(publish, "publish");
  state(registry, "registry");
  text.family("usher_redis_failures_in_row", Type::gauge,
              "Attempts to reach the Redis server that failed since the last that succeeded.");
  if (publish) text.sample(std::uint64_t{publish->failures()}, {{"use", "publish"}});
  if (registry) text.sample(std::uint64_t{registry->failures()}, {{"use", "registry"}});
}

}  // namespace usher
