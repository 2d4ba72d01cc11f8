// Tells the others where the service is: keeps its value in one key of a Redis server.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "init/config/config.h"
#include "init/coordinate/breaker.h"
#include "init/coordinate/owner_script.h"
#include "init/coordinate/presence.h"
#include "init/redis/redis_link.h"

namespace usher {

// One attempt at a time. While the server is away only the newest wish is remembered, and tried
// again after pauses that grow.
//
// Several instances may share the key: each changes only what it has written itself, or what a dead
// one has left (see Owner). What has been published is looked after: signs of life go to the server,
// and a value that it has lost is written again. An element of a list that is gone although the
// server knows who has written it has been taken by whom it was meant for, and stays taken.
//
// Where the server, its permissions or a proxy do not allow that, the value is written all the same
// and Outcome::limits says what is missing; then nothing is known of other instances.
class Publisher {
 public:
  struct Outcome {
    enum class Done : std::uint8_t { published, removed, failed };  // failed: will be tried again
    Done done = Done::failed;
    std::string value{};    // as it was written
    std::string problem{};  // without secrets
    bool misconfigured = false;
    std::string limits{};  // once, with the first that has any
  };
  // Hears how each attempt ended, from the loop. May make new wishes, not destroy the publisher.
  using Told = std::function<void(const Outcome&)>;

  // Both outlive it. The URL has been checked. `name`: of this instance, see Owner. `limit`: of each
  // attempt.
  Publisher(Loop& loop, Resolver& resolver, PublishConfig config, std::string name, Told told,
            Millis limit = RedisLink::kAttempt);

  // The value is to be there, as that of an instance that is ready.
  void publish(std::string value) { want({std::move(value)}); }
  // What this instance has written, in this life or an earlier one, is to be gone; where
  // clear_at_start says so, for the first time the whole key.
  void withdraw() { want({std::nullopt}); }
  // Forgets the wish, and looks after the key no more; an attempt under way may still succeed.
  void cancel();

  bool busy() const noexcept { return wish_.has_value(); }
  // Written, and not known to be lost since: the server may be away.
  bool published() const noexcept { return kept_.has_value(); }
  // Why the last attempt to write or to look failed; empty after one that did not.
  const std::string& problem() const noexcept { return problem_; }
  const PublishConfig& config() const noexcept { return config_; }
  const Breaker& breaker() const noexcept { return breaker_; }

 private:
  struct Wish {
    std::optional<std::string> value;  // nothing: none of ours
    bool operator==(const Wish&) const = default;
  };
  using Answered = std::function<void(RedisAnswer)>;

  void want(Wish wish);
  void attempt();
  void prepare();
  void prepared(const RedisAnswer& answer);
  void write();
  void ask(std::vector<RedisCommand> commands, void (Publisher::*then)(RedisAnswer));
  std::vector<RedisCommand> commands() const;
  std::vector<RedisCommand> plain_commands() const;
  void written(RedisAnswer answer);
  void give_up_owning(const RedisReply& why);
  void succeeded(const Wish& wish);
  void go_on();
  void look_after();
  Millis until_look() const;
  void look();
  void looked(RedisAnswer answer);
  void looked_plainly(const RedisAnswer& answer);
  void still_there();
  bool is_list() const { return config_.command != PublishCommand::set; }
  bool refused(const RedisReply& error);
  void failed(std::string problem, bool misconfigured);
  std::string reachable(const std::string& value) const;

  const PublishConfig config_;
  const Presence presence_;
  Owner owner_;
  Told told_;
  const Millis limit_;
  RedisLink link_;
  Timer pause_;
  Breaker breaker_;
  bool named_ = false;  // who has our name is known
  bool plain_ = false;  // the server does not let us keep owners
  std::string limits_;  // ... and that has not been told yet
  std::string problem_;
  bool clears_;         // the whole key, still
  std::optional<Wish> wish_;              // until it has come true
  Wish tried_;                            // by the attempt under way
  std::string written_;                   // by it, or the last one
  bool wrote_ = false;                    // plainly, and not removed since
  std::string ready_since_;               // of kept_, by the server's clock
  std::optional<std::string> kept_;       // published, and to stay there
  std::string server_;                    // the run of the server that has it, where it is asked
  std::chrono::microseconds seen_at_{0};  // when its ttl began
};

}  // namespace usher
