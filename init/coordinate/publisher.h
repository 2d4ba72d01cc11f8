// Tells the others where the service is: keeps one key of a Redis server as it should be.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "init/config/config.h"
#include "init/coordinate/breaker.h"
#include "init/redis/redis_link.h"

namespace usher {

// One attempt at a time. While the server is away only the newest wish is remembered, and tried
// again after pauses that grow.
//
// What has been published is looked after: the connection stays open, so that a server that goes is
// noticed without asking, and a ttl is renewed long before it is over. A key that the server has
// lost is written again. A list that is gone although the server is the same has been taken by whom
// it was meant for, and stays taken.
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

  // Both outlive it. The URL has been checked. `limit`: of each attempt.
  Publisher(Loop& loop, Resolver& resolver, PublishConfig config, Told told,
            Millis limit = RedisLink::kAttempt);

  // The key is to hold the value, in the place of whatever it holds.
  void publish(std::string value) { want({std::move(value)}); }
  // The key is to be gone: what it holds is of an earlier run, or will soon mean nothing.
  void remove() { want({std::nullopt}); }
  // The same for what we have written ourselves. In a rolling update the next one of us has written
  // its own meanwhile, and that stays.
  void withdraw() { want({std::nullopt, true}); }
  // Forgets the wish, and looks after the key no more; an attempt under way may still succeed.
  void cancel();

  bool busy() const noexcept { return wish_.has_value(); }
  const PublishConfig& config() const noexcept { return config_; }
  const Breaker& breaker() const noexcept { return breaker_; }

 private:
  struct Wish {
    std::optional<std::string> value;  // nothing: no key
    bool only_ours = false;
    bool operator==(const Wish&) const = default;
  };

  void want(Wish wish);
  void attempt();
  void write(std::string value);
  void answered(const Wish& wish, RedisAnswer answer);
  void succeeded(const Wish& wish);
  void go_on();
  void look_after();
  void look();
  void looked(RedisAnswer answer);
  bool is_lost(const std::string& server, bool present) const;
  bool is_list() const { return config_.command != PublishCommand::set; }
  void failed(std::string problem, bool misconfigured);
  std::string reachable(const std::string& value) const;
  std::vector<RedisCommand> removal() const;
  std::vector<RedisCommand> commands(const std::string& value) const;

  const PublishConfig config_;
  Told told_;
  const Millis limit_;
  RedisLink link_;
  Timer pause_;
  Breaker breaker_;
  std::optional<Wish> wish_;              // until it has come true
  std::string written_;                   // by the attempt under way, or the last one
  std::optional<std::string> kept_;       // published, and to stay there
  std::string server_;                    // the run of the server that has it, if it says so
  std::chrono::microseconds seen_at_{0};  // when its ttl began
};

}  // namespace usher
