#include "init/coordinate/coordination.h"

#include <sys/utsname.h>

#include <utility>

#include "init/base/duration.h"
#include "init/redis/redis_error.h"

namespace usher {
namespace {

// In a container this is the service itself.
bool is_beside_us(const RedisUrl& url) {
  return url.host == "localhost" || url.host == "::1" || url.host.rfind("127.", 0) == 0;
}

// The same in the next life of a container: the engine names it by its id.
std::string own_name(const ServiceConfig& service) {
  utsname names;
  return service.name + ':' + (::uname(&names) == 0 ? names.nodename : "");
}

}  // namespace

bool Coordination::configured(const Config& config) {
  return !config.readiness.publish.url.empty() || !config.coordination.redis.empty();
}

Coordination::Coordination(Loop& loop, Resolver& resolver, const Config& config, Told told,
                           Awaited awaited, Millis attempt)
    : loop_(loop),
      resolver_(resolver),
      config_(config),
      told_(std::move(told)),
      awaited_(std::move(awaited)),
      attempt_(attempt),
      limit_(loop) {
  take_publish_config();
  if (config.coordination.redis.empty()) return;
  registry_awaited_ = awaited_(parse_redis_url(config.coordination.redis).url);
  registry_ = std::make_unique<Registry>(
      loop, resolver, config.coordination,
      [this](const std::string& problem) { on_registry(problem); }, attempt);
}

void Coordination::take_publish_config() {
  const PublishConfig& wanted = config_.readiness.publish;
  if (publisher_ ? publisher_->config() == wanted : wanted.url.empty()) return;
  failures_told_ = 0;
  publisher_.reset();
  if (wanted.url.empty()) return;
  publish_awaited_ = awaited_(parse_redis_url(wanted.url).url);
  publisher_ = std::make_unique<Publisher>(
      loop_, resolver_, wanted, own_name(config_.service),
      [this](const Publisher::Outcome& outcome) { on_published(outcome); }, attempt_);
}

void Coordination::starting() {
  take_publish_config();
  published_.clear();
  if (publisher_) publisher_->withdraw();
}

void Coordination::ready(const std::string& found) {
  if (!publisher_) return;
  const PublishConfig& config = publisher_->config();
  const std::string& fixed = config.value;
  if (fixed.empty() && found.empty())
    return tell(LogLevel::error, "publish_failed", config.url, config.key,
                "the readiness probe has found no value to publish");
  publisher_->publish(fixed.empty() ? found : fixed);
}

void Coordination::show(RegistryEntry entry) {
  service_up_ = entry.state == "ready" || entry.state == "unhealthy";
  entry_ = std::move(entry);
  show_entry();
}

void Coordination::show_entry() {
  if (!registry_ || entry_.service.empty()) return;
  RegistryEntry entry = entry_;
  if (publisher_) entry.value = service_up_ ? published_ : "";
  registry_->show(std::move(entry));
}

void Coordination::on_published(const Publisher::Outcome& outcome) {
  using Done = Publisher::Outcome::Done;
  const PublishConfig& config = publisher_->config();
  if (outcome.done == Done::failed) {
    // Each failure would be a line every second for as long as the server is away.
    const bool awaited = is_awaited(config.url, publish_awaited_) && !outcome.misconfigured;
    const LogLevel level = awaited || ++failures_told_ > 1 ? LogLevel::debug
                           : outcome.misconfigured         ? LogLevel::error
                                                           : LogLevel::warn;
    tell(level, "publish_failed", config.url, config.key, outcome.problem);
  } else {
    failures_told_ = 0;
    publish_awaited_ = false;
    if (!outcome.limits.empty())
      tell(LogLevel::warn, "publish_limited", config.url, config.key, outcome.limits);
    const bool published = outcome.done == Done::published;
    published_ = outcome.value;
    show_entry();
    told_({published ? LogLevel::info : LogLevel::debug,
           published ? LogEvent("published") : LogEvent("unpublished"),
           parse_redis_url(config.url).url.display(),
           config.key,
           outcome.value,
           {}});
  }
  if (unpublishing_ && outcome.done != Done::published) {
    unpublishing_ = false;
    publisher_->cancel();
    one_done();
  }
}

void Coordination::on_registry(const std::string& problem) {
  const std::string& url = config_.coordination.redis;
  if (problem.empty()) {
    registry_failure_told_ = registry_awaited_ = false;
    return tell(LogLevel::info, "registered", url, {}, {});
  }
  const LogLevel level = registry_failure_told_ ? LogLevel::debug : registry_failure();
  if (level == LogLevel::warn) registry_failure_told_ = true;
  tell(level, "register_failed", url, {}, problem);
}

// A server that is our own service cannot be there before it is ready, nor after it has stopped;
// its entry has gone with it.
LogLevel Coordination::registry_failure() {
  const std::string& url = config_.coordination.redis;
  const bool own = !service_up_ && is_beside_us(parse_redis_url(url).url);
  return own || is_awaited(url, registry_awaited_) ? LogLevel::debug : LogLevel::warn;
}

// An attempt that began while the server was awaited may end when it is there.
bool Coordination::is_awaited(const std::string& url, bool& before) const {
  const bool now = awaited_(parse_redis_url(url).url);
  return std::exchange(before, now) || now;
}

void Coordination::stop(Millis limit, std::function<void()> done) {
  stopped_ = std::move(done);
  service_up_ = false;
  pending_ = 1;  // this very function
  limit_.start(limit, [this, limit] { give_up("not done within " + format_duration(limit)); });
  if (publisher_) publisher_->cancel();
  if (publisher_ && publisher_->config().remove_on_stop) {
    ++pending_;
    unpublishing_ = true;
    publisher_->withdraw();
  }
  if (registry_) {
    ++pending_;
    registry_->leave(limit, [this](const std::string& problem) {
      if (!problem.empty())
        tell(registry_failure(), "unregister_failed", config_.coordination.redis, {}, problem);
      one_done();
    });
  }
  if (registry_ && !config_.shutdown.cleanup_keys.empty()) remove_keys(limit);
  one_done();
}

void Coordination::remove_keys(Millis limit) {
  ++pending_;
  RedisCommand remove = {"DEL"};
  const auto& keys = config_.shutdown.cleanup_keys;
  remove.insert(remove.end(), keys.begin(), keys.end());
  const CoordinationConfig& server = config_.coordination;
  cleanup_ = std::make_unique<RedisLink>(loop_, resolver_,
                                         redis_server(server.redis, server.user, server.password).with(server.tls));
  cleanup_->ask({std::move(remove)}, limit, [this](const RedisAnswer& answer) {
    const RedisReply* error = first_error(answer.replies);
    const std::string problem =
        error != nullptr ? explain_error(*error, cleanup_->url()).reason : answer.problem;
    if (!problem.empty())
      tell(registry_failure(), "cleanup_failed", config_.coordination.redis, {}, problem);
    cleanup_->close();
    one_done();
  });
}

void Coordination::give_up(const std::string& why) {
  if (!stopped_) return;
  tell(LogLevel::warn, "cleanup_failed", {}, {}, why);
  finish_stop();
}

// Not at once: those who have called us are still to return.
void Coordination::one_done() {
  if (--pending_ == 0) limit_.start(Millis{0}, [this] { finish_stop(); });
}

void Coordination::finish_stop() {
  // Whatever is still under way is not to be heard of any more.
  publisher_.reset();
  registry_.reset();
  cleanup_.reset();
  limit_.cancel();
  if (const auto stopped = std::exchange(stopped_, nullptr)) stopped();
}

void Coordination::tell(LogLevel level, LogEvent event, const std::string& url,
                        std::string key, std::string message) {
  told_({level,
         event,
         url.empty() ? "" : parse_redis_url(url).url.display(),
         std::move(key),
         {},
         std::move(message)});
}

}  // namespace usher
