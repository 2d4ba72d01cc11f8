// Hears of a key that is written, as soon as it happens and even when somebody takes the value away
// at once: a list that is pushed to while a client is blocked in BLPOP never becomes visible.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "init/redis/redis_link.h"

namespace usher {

// By keyspace notifications, where the server sends them. Its configuration is left as it is: it is
// shared with others, and a client that changes it would do so without having been asked.
class KeyWatch {
 public:
  // `changed` is called from the loop when the key has been written, and when from now on this
  // would be noticed. It must not destroy the watch.
  KeyWatch(Loop& loop, Resolver& resolver, const RedisUrl& url, std::string key,
           std::function<void()> changed);

  // To be called when the server is known to be there. Does nothing while it is watched already, or
  // when it has turned out that it does not notify. `limit`: of each question on the way.
  void open(RedisLink::Millis limit);
  bool watching() const noexcept { return phase_ == Phase::watching; }
  // Whether the key has been written since it is watched.
  bool seen() const noexcept { return seen_; }

 private:
  enum class Phase : std::uint8_t { idle, opening, watching, useless };

  void configured(const RedisAnswer& answer, RedisLink::Millis limit);
  void subscribed(const RedisAnswer& answer);
  void listen();
  void heard(const RedisReply& message);

  RedisLink link_;
  const std::string channel_;
  std::function<void()> changed_;
  Phase phase_ = Phase::idle;
  bool seen_ = false;
};

}  // namespace usher
