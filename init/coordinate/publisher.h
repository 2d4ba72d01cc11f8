// Tells the others where the service is: keeps one key of a Redis server as it should be.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "init/config/config.h"
#include "init/coordinate/breaker.h"
#include "init/coordinate/redis_link.h"

namespace usher {

// One attempt at a time, over a connection that is closed when all is done. While the server is
// away only the newest wish is remembered, and tried again after pauses that grow.
class Publisher {
 public:
  struct Outcome {
    enum class Done : std::uint8_t { published, removed, failed };  // failed: will be tried again
    Done done = Done::failed;
    std::string value{};    // as it was written
    std::string problem{};  // without secrets
    bool misconfigured = false;
  };
  // Hears how each attempt ended, from the loop. May make new wishes, not destroy the publisher.
  using Told = std::function<void(const Outcome&)>;

  // Both outlive it. The URL has been checked.
  Publisher(Loop& loop, Resolver& resolver, PublishConfig config, Told told);

  // The key is to hold the value, in the place of whatever it holds.
  void publish(std::string value) { want({std::move(value)}); }
  // The key is to be gone: what it holds is of an earlier run, or will soon mean nothing.
  void remove() { want({std::nullopt}); }
  // Forgets the wish; an attempt under way may still succeed.
  void cancel();

  bool busy() const noexcept { return wish_.has_value(); }
  const PublishConfig& config() const noexcept { return config_; }
  const Breaker& breaker() const noexcept { return breaker_; }

 private:
  struct Wish {
    std::optional<std::string> value;  // nothing: no key
    bool operator==(const Wish&) const = default;
  };

  void want(Wish wish);
  void attempt();
  void write(std::string value);
  void answered(const Wish& wish, RedisAnswer answer);
  void succeeded(const Wish& wish);
  void failed(std::string problem, bool misconfigured);
  std::string reachable(const std::string& value) const;
  std::vector<RedisCommand> commands(const std::string& value) const;

  const PublishConfig config_;
  Told told_;
  RedisLink link_;
  Timer pause_;
  Breaker breaker_;
  std::optional<Wish> wish_;  // until it has come true
  std::string written_;       // by the attempt under way
};

}  // namespace usher
