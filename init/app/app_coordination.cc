// What others are told through Redis, as the life of the service goes on.
#include "init/app/app.h"
#include "init/app/world.h"

namespace usher {
namespace {

// What is taken away at the end is tried once, and not for long: an exit must not wait for a server.
constexpr Millis kCleanUpLimit{2'000};

std::int64_t since_1970(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<Millis>(time.time_since_epoch()).count();
}

}  // namespace

Coordination* App::coordination() {
  if (!Coordination::configured(config_)) return nullptr;
  World& w = world();
  if (!w.coordination)
    w.coordination = std::make_unique<Coordination>(
        w.loop, w.resolver, config_, [this](const Coordination::News& news) { log_news(news); });
  return w.coordination.get();
}

void App::log_news(const Coordination::News& news) {
  auto line = news.level == LogLevel::error  ? log_.error(news.event)
              : news.level == LogLevel::warn ? log_.warn(news.event)
              : news.level == LogLevel::info ? log_.info(news.event)
                                             : log_.debug(news.event);
  if (!news.redis.empty()) line.add("redis", news.redis);
  if (!news.key.empty()) line.add("key", news.key);
  if (!news.value.empty()) line.add("value", news.value);
  if (!news.message.empty()) line.add("message", news.message);
  alert_on_coordination(news);
}

void App::show_in_registry() {
  if (config_.coordination.redis.empty()) return;
  const auto now = std::chrono::system_clock::now();
  const Status is = status();
  if (is.state != shown_) {
    shown_ = is.state;
    shown_since_ = now;
  }
  RegistryEntry entry;
  entry.service = is.service;
  entry.instance = is.instance;
  entry.state = is.state;
  entry.health = is.healthy ? "healthy" : "unhealthy";
  if (!is.healthy) entry.reason = is.reason;
  entry.value = is.ready_value;
  entry.attempt = is.starts;
  entry.restarts = is.restarts;
  entry.since_ms = since_1970(shown_since_);
  entry.started_ms = since_1970(report_.started_at);
  coordination()->show(std::move(entry));
}

// The report comes last, when what others were told has been taken back.
void App::take_leave() {
  if (Coordination* const told = coordination())
    told->stop(kCleanUpLimit, [this] { tell_the_end(); });
  else
    tell_the_end();
}

}  // namespace usher
