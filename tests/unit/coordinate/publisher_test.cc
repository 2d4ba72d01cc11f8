#include "init/coordinate/publisher.h"

#include <algorithm>

#include "init/coordinate/own_address.h"
#include "tests/catch.h"
#include "tests/fake/real_redis.h"
#include "tests/fake/redis_server.h"
#include "tests/unit/coordinate/redis_fixture.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

using Done = Publisher::Outcome::Done;

struct PublisherTest : RedisFixture {
  PublishConfig config;
  std::vector<Publisher::Outcome> told;
  std::unique_ptr<Publisher> publisher;

  Publisher& publish_to(const std::string& url) {
    config.url = url;
    config.key = "listenerAddr";
    publisher = std::make_unique<Publisher>(
        loop, resolver, config, "echo:3f2a", [this](const auto& outcome) { told.push_back(outcome); },
        10min);
    return *publisher;
  }
  // As a server does that runs our script, or one behind a proxy that lets nothing of it through.
  static void answer_well(FakeRedis::Client& client, const RedisCommand& command) {
    client.say(command[0] == "HGET"   ? "$-1\r\n"
               : command[0] == "EVAL" ? "*2\r\n$4\r\nkept\r\n$1\r\n5\r\n"
                                      : "+OK\r\n");
  }
  static void answer_plainly(FakeRedis::Client& client, const RedisCommand& command) {
    const bool owns = command[0] == "HGET" || command[0] == "EVAL";
    client.say(owns                      ? "-ERR unknown command '" + command[0] + "'\r\n"
               : command[0] == "PEXPIRE" ? ":1\r\n"
                                         : "+OK\r\n");
  }
  static auto count(const FakeRedis& server, const std::string& command) {
    return std::count_if(server.commands.begin(), server.commands.end(),
                         [&](const RedisCommand& words) { return words[0] == command; });
  }
  const Publisher::Outcome& next() {
    const auto had = told.size();
    REQUIRE(loop_until(loop, [&] { return told.size() > had; }));
    return told.at(had);
  }
  // Lets the loop run on, for what must not happen meanwhile.
  void go_on_for(std::chrono::milliseconds time) {
    bool over = false;
    Timer end(loop);
    end.start(time, [&] { over = true; });
    REQUIRE(loop_until(loop, [&] { return over; }));
  }
};

}  // namespace

TEST_CASE_METHOD(PublisherTest, "the value takes the place of what cannot stand beside it",
                 "[publisher]") {
  RealRedis redis;
  const auto [stale, command, read] = GENERATE(table<RedisCommand, PublishCommand, RedisCommand>({
      {{"PING"}, PublishCommand::set, {"GET", "listenerAddr"}},
      {{"RPUSH", "listenerAddr", "old"}, PublishCommand::set, {"GET", "listenerAddr"}},
      {{"SET", "listenerAddr", "old"},
       PublishCommand::lpush,
       {"LRANGE", "listenerAddr", "0", "-1"}},
      {{"HSET", "listenerAddr", "f", "old"},
       PublishCommand::rpush,
       {"LRANGE", "listenerAddr", "0", "-1"}},
  }));
  config.ttl = GENERATE(0ms, 300'000ms);
  config.command = command;
  say(redis.url(), stale);
  publish_to(redis.url()).publish("/ip4/172.18.0.3/tcp/4001");
  const auto outcome = next();
  CHECK(outcome.problem == "");
  CHECK(outcome.done == Done::published);
  CHECK(outcome.value == "/ip4/172.18.0.3/tcp/4001");
  CHECK(!publisher->busy());

  const RedisReply now = say(redis.url(), read);
  CHECK((command == PublishCommand::set ? now : now.elements.at(0)).text == outcome.value);
  CHECK(now.elements.size() == (command == PublishCommand::set ? 0 : 1));
  const auto rest = say(redis.url(), {"PTTL", "listenerAddr"}).integer;
  CHECK((config.ttl == 0ms ? rest == -1 : rest > 200'000 && rest <= 300'000));
}

TEST_CASE_METHOD(PublisherTest, "elements that others have written stay", "[publisher]") {
  RealRedis redis;
  config.command = PublishCommand::rpush;
  say(redis.url(), {"RPUSH", "listenerAddr", "of another"});
  publish_to(redis.url()).publish("value");
  next();
  publisher->publish("value");  // its service has been started anew
  next();
  const RedisReply list = say(redis.url(), {"LRANGE", "listenerAddr", "0", "-1"});
  REQUIRE(list.elements.size() == 2);
  CHECK(list.elements[0].text == "of another");
  CHECK(list.elements[1].text == "value");
}

TEST_CASE_METHOD(PublisherTest, "the whole key is cleared at the start where that is wanted",
                 "[publisher]") {
  RealRedis redis;
  config.clear_at_start = true;
  config.command = GENERATE(PublishCommand::set, PublishCommand::rpush);
  say(redis.url(), {"RPUSH", "listenerAddr", "of an earlier run"});
  publish_to(redis.url()).withdraw();
  next();
  CHECK(say(redis.url(), {"EXISTS", "listenerAddr"}).integer == 0);
  say(redis.url(), {"RPUSH", "listenerAddr", "of another"});
  publisher->withdraw();  // once is enough
  next();
  CHECK(say(redis.url(), {"EXISTS", "listenerAddr"}).integer == 1);
}

TEST_CASE_METHOD(PublisherTest, "who is blocked in BLPOP gets the new value, never the stale one",
                 "[publisher]") {
  RealRedis redis;
  config.command = PublishCommand::rpush;
  auto dialer = link_to(redis.url());
  std::optional<RedisAnswer> popped;
  dialer->ask({{"BLPOP", "listenerAddr", "0"}}, 60s,
              [&](RedisAnswer answer) { popped = std::move(answer); });
  auto watch = link_to(redis.url());
  const auto nobody_blocked = [&] {
    const RedisReply clients = ask(*watch, {{"INFO", "clients"}}).replies.at(0);
    return clients.text.find("blocked_clients:1") == std::string::npos;
  };
  while (nobody_blocked()) continue;
  publish_to(redis.url()).publish("new");
  CHECK(next().done == Done::published);
  REQUIRE(loop_until(loop, [&] { return popped.has_value(); }));
  CHECK(popped->replies.at(0).elements.at(1).text == "new");
  CHECK(say(redis.url(), {"EXISTS", "listenerAddr"}).integer == 0);
}

TEST_CASE_METHOD(PublisherTest, "it is removed on request, and a key that is not there is as good",
                 "[publisher]") {
  RealRedis redis;
  publish_to(redis.url()).publish("value");
  next();
  for (int i = 0; i < 2; ++i) {
    publisher->withdraw();
    CHECK(next().done == Done::removed);
    CHECK(say(redis.url(), {"EXISTS", "listenerAddr"}).integer == 0);
  }
}

TEST_CASE_METHOD(PublisherTest, "while the server is away it tries again, after pauses",
                 "[publisher]") {
  RealRedis redis;
  redis.kill();
  publish_to(redis.url()).publish("first");
  CHECK(next().done == Done::failed);
  CHECK_THAT(told.front().problem, has_text("No such file"));
  CHECK(publisher->breaker().state() == Breaker::State::open);
  publisher->publish("second");  // no attempt now
  CHECK(publisher->breaker().failures() == 1);
  CHECK(publisher->problem() == told.front().problem);
  redis.start();
  REQUIRE(loop_until(loop, [&] { return told.back().done == Done::published; }));
  CHECK(told.back().value == "second");
  CHECK(publisher->problem().empty());
  CHECK(publisher->breaker().state() == Breaker::State::closed);
  CHECK(say(redis.url(), {"GET", "listenerAddr"}).text == "second");
}

TEST_CASE_METHOD(PublisherTest,
                 "of several wishes the newest wins, and one attempt is made at a time",
                 "[publisher]") {
  FakeRedis server(loop);
  FakeRedis::Client* waiting = nullptr;
  server.on_command = [&](FakeRedis::Client& client, const RedisCommand& command) {
    if (command[0] == "EVAL")
      waiting = &client;
    else
      answer_well(client, command);
  };
  publish_to(server.url).publish("1");
  REQUIRE(loop_until(loop, [&] { return waiting != nullptr; }));
  for (const char* value : {"2", "3", "4"}) publisher->publish(value);
  CHECK(server.commands.size() == 2);
  server.on_command = [](FakeRedis::Client& client, const RedisCommand& command) {
    answer_well(client, command);
  };
  answer_well(*waiting, {"EVAL"});
  REQUIRE(loop_until(loop, [&] { return !publisher->busy(); }));
  REQUIRE(server.commands.size() == 3);
  CHECK(server.commands[0] == RedisCommand{"HGET", "usher:owners:{listenerAddr}", "echo:3f2a"});
  for (std::size_t i : {1u, 2u}) {
    const RedisCommand& command = server.commands[i];
    CHECK(command[3] == "listenerAddr");
    CHECK(command[5] == "publish");
    CHECK(command[8] == (i == 1 ? "1" : "4"));
  }
}

TEST_CASE_METHOD(PublisherTest, "a server without memory is told of as such", "[publisher]") {
  RealRedis redis({"--maxmemory", "1"});
  config.command = GENERATE(PublishCommand::set, PublishCommand::rpush);
  publish_to(redis.url()).publish("value");
  CHECK_THAT(next().problem, has_text("OOM"));
  CHECK(publisher->busy());
}

TEST_CASE_METHOD(PublisherTest, "what cannot get better by itself is said to be so",
                 "[publisher]") {
  RealRedis redis(
      {"--user", "reader", "on", ">secret", "~*", "+@read", "+ping", "--user", "default", "off"});
  const auto [credentials, why] = GENERATE(table<std::string, std::string>({
      {"", "the server needs a password, and none is given"},
      {"reader:wrong@", "the server does not accept the user or the password"},
      {"reader:secret@", "the user has no permission for this: it may not run "},
  }));
  publish_to(redis.url(credentials)).publish("value");
  const auto outcome = next();
  CHECK_THAT(outcome.problem, has_text(why));
  CHECK(outcome.misconfigured);
}

TEST_CASE_METHOD(PublisherTest, "answers that do not fit are failures", "[publisher]") {
  const auto reply = GENERATE("$-1\r\n", "+QUEUED\r\n", "$2\r\nOK\r\n", "*0\r\n", ":1\r\n");
  FakeRedis server(loop);
  server.on_command = [&](FakeRedis::Client& client, const RedisCommand& command) {
    command[0] == "EVAL" ? client.say(reply) : answer_well(client, command);
  };
  publish_to(server.url).publish("value");
  CHECK(next().problem == "the server gave an answer that does not fit");
}

TEST_CASE_METHOD(PublisherTest, "an address that means nothing elsewhere is replaced on request",
                 "[publisher]") {
  FakeRedis server(loop);
  server.on_command = [](FakeRedis::Client& client, const RedisCommand& command) {
    answer_well(client, command);
  };
  config.replace_address = GENERATE(false, true);
  publish_to(server.url).publish("/ip4/0.0.0.0/tcp/4001");
  const std::string ip4 = find_own_addresses().ip4;
  const bool replaced = config.replace_address && !ip4.empty();
  CHECK(next().value == "/ip4/" + (replaced ? ip4 : "0.0.0.0") + "/tcp/4001");
  CHECK(server.commands.back().at(8) == told.back().value);
}

TEST_CASE_METHOD(PublisherTest, "what has been cancelled is not tried again", "[publisher]") {
  FakeRedis server(loop);
  server.on_command = [](FakeRedis::Client& client, const RedisCommand&) { client.hang_up(); };
  publish_to(server.url).publish("value");
  CHECK(next().done == Done::failed);
  publisher->cancel();
  CHECK(!publisher->busy());
  CHECK(publisher->breaker().lets_through());
  server.commands.clear();
  server.on_command = [](FakeRedis::Client& client, const RedisCommand& command) {
    answer_well(client, command);
  };
  publisher->withdraw();
  CHECK(next().done == Done::removed);
  CHECK(server.commands.back().at(5) == "withdraw");
}

TEST_CASE_METHOD(PublisherTest, "a server that comes back without the key gets it again",
                 "[publisher]") {
  RealRedis redis;
  config.command = GENERATE(PublishCommand::set, PublishCommand::rpush);
  config.ttl = GENERATE(0ms, 300'000ms);
  publish_to(redis.url()).publish("value");
  CHECK(next().done == Done::published);
  redis.kill();
  CHECK(next().done == Done::failed);
  redis.start();
  REQUIRE(loop_until(loop, [&] { return told.back().done == Done::published; }));
  CHECK(told.back().value == "value");
  const bool list = config.command == PublishCommand::rpush;
  const RedisReply now = say(redis.url(), list ? RedisCommand{"LRANGE", "listenerAddr", "0", "-1"}
                                               : RedisCommand{"GET", "listenerAddr"});
  CHECK((list ? now.elements.at(0) : now).text == "value");
  CHECK((say(redis.url(), {"PTTL", "listenerAddr"}).integer == -1) == (config.ttl == 0ms));
}

TEST_CASE_METHOD(PublisherTest, "a server that comes back with an old value gets the new one",
                 "[publisher]") {
  RealRedis redis;
  say(redis.url(), {"SET", "listenerAddr", "old"});
  say(redis.url(), {"SAVE"});
  publish_to(redis.url()).publish("value");
  next();
  redis.kill();
  CHECK(next().done == Done::failed);
  redis.start();
  REQUIRE(loop_until(loop, [&] { return told.back().done == Done::published; }));
  CHECK(say(redis.url(), {"GET", "listenerAddr"}).text == "value");
}

TEST_CASE_METHOD(PublisherTest, "a ttl is renewed as long as the key is wanted", "[publisher]") {
  config.command = GENERATE(PublishCommand::set, PublishCommand::rpush);
  bool renewed = false;
  // Until it is so long that it does not end while a busy machine keeps us from our turn.
  for (config.ttl = 600ms; !renewed; config.ttl *= 4) {
    REQUIRE(config.ttl < 5min);
    RealRedis redis;
    told.clear();
    publish_to(redis.url()).publish("value");
    next();
    go_on_for(3 * config.ttl);
    renewed = say(redis.url(), {"EXISTS", "listenerAddr"}).integer == 1 && told.size() == 1;
    publisher->cancel();
    while (say(redis.url(), {"EXISTS", "listenerAddr"}).integer == 1) continue;
  }
}

TEST_CASE_METHOD(PublisherTest, "a list that somebody has taken stays taken", "[publisher]") {
  RealRedis redis;
  config.command = PublishCommand::rpush;
  config.ttl = GENERATE(0ms, 300'000ms);
  publish_to(redis.url()).publish("value");
  next();
  CHECK(say(redis.url(), {"LPOP", "listenerAddr"}).text == "value");
  go_on_for(2500ms);  // two looks and more
  CHECK(say(redis.url(), {"EXISTS", "listenerAddr"}).integer == 0);
  CHECK(publisher->published());
  CHECK(told.size() == 1);
}

TEST_CASE_METHOD(PublisherTest, "a list stays taken when the connection is lost", "[publisher]") {
  RealRedis redis;
  config.command = PublishCommand::rpush;
  publish_to(redis.url()).publish("value");
  next();
  CHECK(say(redis.url(), {"LPOP", "listenerAddr"}).text == "value");
  say(redis.url(), {"CLIENT", "KILL", "TYPE", "normal"});
  go_on_for(1s);
  CHECK(say(redis.url(), {"EXISTS", "listenerAddr"}).integer == 0);
  CHECK(told.size() == 1);
}

TEST_CASE_METHOD(PublisherTest,
                 "a string that somebody has deleted is written again",
                 "[publisher]") {
  RealRedis redis;
  config.ttl = 300ms;
  publish_to(redis.url()).publish("value");
  next();
  say(redis.url(), {"DEL", "listenerAddr"});
  while (say(redis.url(), {"GET", "listenerAddr"}).text != "value") continue;
}

TEST_CASE_METHOD(PublisherTest, "a server that hangs up each time is not asked without end",
                 "[publisher]") {
  FakeRedis server(loop);
  server.on_command = [](FakeRedis::Client& client, const RedisCommand& command) {
    answer_well(client, command);
    if (command[0] == "EVAL") client.hang_up();
  };
  publish_to(server.url).publish("value");
  next();
  go_on_for(1s);
  CHECK(server.commands.size() <= 12);
  CHECK(told.size() == 1);
}

TEST_CASE_METHOD(PublisherTest, "who may write but not look has written all the same",
                 "[publisher]") {
  RealRedis redis({"--user", "writer", "on", ">secret", "~*", "+set"});
  publish_to(redis.url("writer:secret@")).publish("value");
  const auto outcome = next();
  CHECK(outcome.done == Done::published);
  CHECK_THAT(outcome.limits, has_text("it may not run HGET"));
  CHECK_THAT(outcome.limits, has_text("EVAL, TIME, TYPE"));
  say(redis.url(), {"CLIENT", "KILL", "USER", "writer"});
  go_on_for(1s);
  CHECK(told.size() == 1);
  publisher->publish("another");
  CHECK(next().done == Done::published);
}

TEST_CASE_METHOD(PublisherTest, "what is not wanted any more is not looked after", "[publisher]") {
  RealRedis redis;
  publish_to(redis.url()).publish("value");
  next();
  const auto end = GENERATE(&Publisher::cancel, &Publisher::withdraw);
  (publisher.get()->*end)();
  REQUIRE(loop_until(loop, [&] { return !publisher->busy(); }));
  const std::size_t had = told.size();
  redis.kill();
  redis.start();
  redis.wait_until_ready();
  go_on_for(1s);
  CHECK(told.size() == had);
  CHECK(say(redis.url(), {"EXISTS", "listenerAddr"}).integer == 0);
}

TEST_CASE_METHOD(PublisherTest, "what is withdrawn is our own value, not one that came after it",
                 "[publisher]") {
  RealRedis redis;
  config.command = GENERATE(PublishCommand::set, PublishCommand::rpush);
  publish_to(redis.url()).publish("value");
  next();
  int left = 0;
  SECTION("it is there") {}
  SECTION("somebody has taken it") { say(redis.url(), {"DEL", "listenerAddr"}); }
  SECTION("another has written a string") {
    left = 1;
    say(redis.url(), {"SET", "listenerAddr", "of another"});
  }
  SECTION("another has written a list") {
    left = 1;
    say(redis.url(), {"DEL", "listenerAddr"});
    say(redis.url(), {"RPUSH", "listenerAddr", "of another"});
  }
  publisher->withdraw();
  const auto outcome = next();
  CHECK(outcome.problem == "");
  CHECK(outcome.done == Done::removed);
  CHECK(say(redis.url(), {"EXISTS", "listenerAddr"}).integer == left);
}

TEST_CASE_METHOD(PublisherTest, "a proxy that only knows how to push gets what it knows", "[publisher]") {
  FakeRedis server(loop);
  server.on_command = [](FakeRedis::Client& client, const RedisCommand& command) {
    const bool known = command[0] == "RPUSH" || command[0] == "DEL";
    client.say(known ? ":1\r\n" : "-ERR unknown command '" + command[0] + "'\r\n");
  };
  config.command = PublishCommand::rpush;
  config.ttl = GENERATE(0ms, 600'000ms);
  publish_to(server.url).publish("value");
  const auto outcome = next();
  CHECK(outcome.problem == "");
  CHECK(outcome.done == Done::published);
  CHECK_THAT(outcome.limits, has_text("other instances of the service are not known"));
  CHECK(count(server, "RPUSH") == 1);
  publisher->withdraw();
  CHECK_THAT(next().problem, has_text("LREM"));
}

TEST_CASE_METHOD(PublisherTest, "who has published nothing withdraws nothing", "[publisher]") {
  RealRedis redis;
  config.command = GENERATE(PublishCommand::set, PublishCommand::rpush);
  publish_to(redis.url()).withdraw();
  next();
  say(redis.url(), config.command == PublishCommand::set
                       ? RedisCommand{"SET", "listenerAddr", "of another"}
                       : RedisCommand{"RPUSH", "listenerAddr", "of another"});
  publisher->withdraw();
  CHECK(next().done == Done::removed);
  CHECK(say(redis.url(), {"EXISTS", "listenerAddr"}).integer == 1);
}
