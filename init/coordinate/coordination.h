// All that one usher tells others through Redis: where its service is (readiness.publish.redis),
// how it is (coordination), and what it takes away when it ends.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "init/base/log_event.h"
#include "init/base/log_level.h"
#include "init/config/config.h"
#include "init/coordinate/publisher.h"
#include "init/coordinate/registry.h"

namespace usher {

class Coordination {
 public:
  // One line for the log.
  struct News {
    LogLevel level = LogLevel::info;
    LogEvent event = "published";
    std::string redis;       // which server, without secrets
    std::string key;
    std::string value;
    std::string message;
  };
  // From the loop. Must not destroy the Coordination.
  using Told = std::function<void(const News&)>;
  // Whether the service still waits for this server, so that nobody has to be told that it is away.
  using Awaited = std::function<bool(const RedisUrl&)>;

  // Whether there is anything to tell; otherwise none is needed.
  static bool configured(const Config& config);

  // All of them outlive it. Its URLs have been checked. What is to be published may change between
  // two starts of the service. `attempt`: the limit of each attempt to write.
  Coordination(Loop& loop, Resolver& resolver, const Config& config, Told told, Awaited awaited,
               Millis attempt = RedisLink::kAttempt);

  // The service is about to start: what an earlier run has published is taken away.
  void starting();
  // The service is ready; `found` is what its readiness probe has found.
  void ready(const std::string& found);
  // What the registry shows from now on; see RegistryEntry. Where something is to be published, the
  // value becomes what has been.
  void show(RegistryEntry entry);
  // Before anything is shown; see Registry.
  void share_trace(std::string offer, Registry::TraceTold told) {
    if (registry_) registry_->share_trace(std::move(offer), std::move(told));
  }
  // The end: removes what was published (remove_on_stop) and the keys of shutdown.cleanup, and leaves
  // in the registry what was shown last. Each is tried once, all at the same time; `done` is called once, from the
  // loop, when all have been tried or the limit has passed. It may destroy the Coordination.
  void stop(Millis limit, std::function<void()> done);

  // Ends a stop() that is under way at once, with its call of `done`; what is not done yet is logged.
  void give_up(const std::string& why);

  // Null where nothing is published.
  const Publisher* publisher() const { return publisher_.get(); }
  // What it has written, as others can read it; empty where there is nothing of ours.
  const std::string& published() const { return published_; }
  // For metrics; null where it is not configured.
  const Breaker* publish_breaker() const { return publisher_ ? &publisher_->breaker() : nullptr; }
  const Breaker* registry_breaker() const { return registry_ ? &registry_->breaker() : nullptr; }

 private:
  void take_publish_config();
  void on_published(const Publisher::Outcome& outcome);
  void show_entry();
  void on_registry(const std::string& problem);
  void remove_keys(Millis limit);
  void one_done();
  void finish_stop();
  LogLevel registry_failure();
  bool is_awaited(const std::string& url, bool& before) const;
  void tell(LogLevel level, LogEvent event, const std::string& url, std::string key,
            std::string message);

  Loop& loop_;
  Resolver& resolver_;
  const Config& config_;
  Told told_;
  const Awaited awaited_;
  const Millis attempt_;
  std::unique_ptr<Publisher> publisher_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<RedisLink> cleanup_;
  Timer limit_;
  unsigned failures_told_ = 0;  // in a row, by the publisher
  bool registry_failure_told_ = false;
  // The servers were awaited when the last attempt ended.
  bool publish_awaited_ = false, registry_awaited_ = false;
  RegistryEntry entry_;      // without what was published
  std::string published_;    // what is in the key; empty: nothing of ours
  bool service_up_ = false;  // as the registry shows it
  bool unpublishing_ = false;
  unsigned pending_ = 0;
  std::function<void()> stopped_;
};

}  // namespace usher
