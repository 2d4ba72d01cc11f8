// A connection to a Redis server that opens itself when it is needed and blocks nobody.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "init/loop/loop.h"
#include "init/net/connect.h"
#include "init/os/fd.h"
#include "init/redis/redis_reply.h"
#include "init/text/redis_url.h"

namespace usher {

struct RedisAnswer {
  std::vector<RedisReply> replies{};  // one for each command, error replies too; empty on a problem
  std::string problem{};              // why there are none, in one sentence without secrets
  bool misconfigured =
      false;  // the problem stays until somebody changes user, password or database
};

// One question at a time: some commands, sent together. The connection is made anew, by name, when
// there is none, logs in and selects the database as the URL says, and stays open until it breaks,
// a limit passes or close() is called.
class RedisLink {
 public:
  using Millis = std::chrono::milliseconds;
  using Done = std::function<void(RedisAnswer)>;
  // The limit of one attempt to write what others are to read.
  static constexpr Millis kAttempt{3'000};

  // Both outlive it. Destroying it ends everything silently, also from within its callbacks.
  RedisLink(Loop& loop, Resolver& resolver, RedisUrl url);
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;
  ~RedisLink() = default;

  // `done` is called once, from the loop and never from inside ask(), at the latest when `limit`
  // (above 0) has passed. It may ask again. Asking while a question is under way gives that up.
  //
  // A kept connection may have broken unnoticed; then the commands are sent once more over a new
  // one. They must bear to be carried out twice.
  void ask(std::vector<RedisCommand> commands, Millis limit, Done done);
  bool asking() const noexcept { return done_ != nullptr; }

  // From now on replies that no command asked for are messages of a subscription and go to `said`;
  // without this they are an error. `lost` is called once, when the connection has gone while
  // nothing was being asked.
  void listen(std::function<void(const RedisReply&)> said, std::function<void()> lost);

  // Gives up what is under way, and forgets those who listen.
  void close();

  const RedisUrl& url() const noexcept { return url_; }
  // Our own side of the open connection, without a port; empty where it has none.
  std::string own_address() const;

 private:
  void connect();
  void connected(Fd connection, std::string reason);
  void log_in();
  void on_event();
  bool send_some();     // false: the connection has gone
  bool receive_some();  // false: it has gone, or we have
  bool take(RedisReply reply);
  void want_events();
  void drop();
  void lose(std::string why);
  void finish(RedisAnswer answer);
  Millis left() const;

  Loop& loop_;
  const RedisUrl url_;
  Connector connector_;
  Timer limit_;
  Fd connection_;
  std::unique_ptr<Poll> poll_;  // goes before the descriptor
  std::optional<RedisReader> reader_;
  std::string outgoing_;
  bool heard_ = false;  // something has come on this connection

  std::vector<RedisCommand> commands_;
  std::vector<RedisReply> replies_;
  std::size_t greetings_left_ = 0;  // replies still due from logging in
  bool kept_ = false;               // the connection was there before the question
  Millis allowed_{0};
  std::chrono::microseconds deadline_{0};
  Done done_;
  std::function<void(const RedisReply&)> said_;
  std::function<void()> lost_;
  std::shared_ptr<bool> life_ = std::make_shared<bool>(true);  // whether a callback has ended us
};

}  // namespace usher
