// Several instances of a service that share one key, on a real server.
#include <algorithm>

#include "init/coordinate/publisher.h"
#include "tests/catch.h"
#include "tests/fake/real_redis.h"
#include "tests/unit/coordinate/redis_fixture.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

struct OwnersTest : RedisFixture {
  RealRedis redis;
  PublishConfig config;

  // One that lives as long as it is not reset; then it is dead without a word.
  std::unique_ptr<Publisher> instance(const std::string& name, const std::string& credentials = "") {
    config.url = redis.url(credentials);
    config.key = "address";
    return std::make_unique<Publisher>(loop, resolver, config, name, [](const auto&) {}, 10min);
  }
  void settle(Publisher& one) {
    REQUIRE(loop_until(loop, [&] { return !one.busy(); }));
  }
  void publish(Publisher& one, const std::string& value) {
    one.publish(value);
    settle(one);
  }
  void withdraw(Publisher& one) {
    one.withdraw();
    settle(one);
  }
  std::vector<std::string> list() {
    std::vector<std::string> found;
    for (const RedisReply& element : say(redis.url(), {"LRANGE", "address", "0", "-1"}).elements)
      found.push_back(element.text);
    std::sort(found.begin(), found.end());
    return found;
  }
  std::string value() { return say(redis.url(), {"GET", "address"}).text; }
  template <typename Holds>
  void wait_until(Holds holds) {
    bool again = true;
    Timer look(loop);
    while (!holds()) {
      again = true;
      look.start(50ms, [&] { again = false; });
      REQUIRE(loop_until(loop, [&] { return !again; }));
    }
  }
  using Names = std::vector<std::string>;
};

}  // namespace

TEST_CASE_METHOD(OwnersTest, "one that starts, and never gets ready, takes nothing away", "[owners]") {
  config.command = GENERATE(PublishCommand::set, PublishCommand::rpush);
  const auto old = instance("echo:a"), fresh = instance("echo:b");
  publish(*old, "1");
  withdraw(*fresh);
  withdraw(*fresh);
  CHECK((config.command == PublishCommand::set ? Names{value()} : list()) == Names{"1"});
}

TEST_CASE_METHOD(OwnersTest, "each that is ready has one element, and who goes takes its own",
                 "[owners]") {
  config.command = GENERATE(PublishCommand::rpush, PublishCommand::lpush);
  std::vector<std::unique_ptr<Publisher>> all;
  for (const char* name : {"a", "b", "c", "d"}) {
    all.push_back(instance(std::string("echo:") + name));
    publish(*all.back(), name);
  }
  CHECK(list() == Names{"a", "b", "c", "d"});
  for (std::size_t i = 1; i < 4; ++i) withdraw(*all[i]);
  CHECK(list() == Names{"a"});
  withdraw(*all[0]);
  CHECK(say(redis.url(), {"EXISTS", "address"}).integer == 0);
}

TEST_CASE_METHOD(OwnersTest, "equal values are as many elements as instances", "[owners]") {
  config.command = PublishCommand::rpush;
  const auto one = instance("echo:a"), two = instance("echo:b");
  publish(*one, "same");
  publish(*two, "same");
  CHECK(list() == Names{"same", "same"});
  withdraw(*one);
  CHECK(list() == Names{"same"});
}

TEST_CASE_METHOD(OwnersTest, "of strings the last that became ready is seen, then one that is left",
                 "[owners]") {
  config.ttl = GENERATE(0ms, 300'000ms);
  const auto one = instance("echo:a"), two = instance("echo:b"), three = instance("echo:c");
  publish(*one, "1");
  publish(*two, "2");
  publish(*three, "3");
  CHECK(value() == "3");
  withdraw(*one);
  CHECK(value() == "3");
  withdraw(*three);
  CHECK(value() == "2");
  CHECK((say(redis.url(), {"PTTL", "address"}).integer == -1) == (config.ttl == 0ms));
  withdraw(*two);
  CHECK(say(redis.url(), {"EXISTS", "address"}).integer == 0);
}

TEST_CASE_METHOD(OwnersTest, "what one has left that died goes as soon as a living one sees it",
                 "[owners]") {
  config.command = GENERATE(PublishCommand::set, PublishCommand::rpush);
  const bool is_list = config.command == PublishCommand::rpush;
  const auto living = instance("echo:a");
  publish(*living, "living");
  auto dying = instance("echo:b");
  publish(*dying, "dead");
  CHECK((is_list ? list() : Names{value()}) == (is_list ? Names{"dead", "living"} : Names{"dead"}));
  dying.reset();
  wait_until([&] { return (is_list ? list() : Names{value()}) == Names{"living"}; });
}

TEST_CASE_METHOD(OwnersTest, "what one has left that died alone goes when the next is ready",
                 "[owners]") {
  config.command = PublishCommand::rpush;
  auto dying = instance("echo:a");
  publish(*dying, "dead");
  dying.reset();
  const auto next = instance("echo:b");
  wait_until([&] {
    publish(*next, "living");
    return list() == Names{"living"};
  });
}

TEST_CASE_METHOD(OwnersTest, "an earlier life of the same instance is cleared at once", "[owners]") {
  config.command = GENERATE(PublishCommand::set, PublishCommand::rpush);
  auto earlier = instance("echo:a");
  publish(*earlier, "1");
  earlier.reset();
  const auto later = instance("echo:a");
  withdraw(*later);
  CHECK(say(redis.url(), {"EXISTS", "address"}).integer == 0);
}

TEST_CASE_METHOD(OwnersTest, "another instance of our name that lives beside us keeps its own",
                 "[owners]") {
  config.command = PublishCommand::rpush;
  const auto one = instance("echo:a"), two = instance("echo:a");
  publish(*one, "1");
  withdraw(*two);
  CHECK(list() == Names{"1"});
  publish(*two, "2");
  CHECK(list() == Names{"1", "2"});
  withdraw(*two);
  CHECK(list() == Names{"1"});
}

TEST_CASE_METHOD(OwnersTest, "who was taken for an earlier life comes back under another name",
                 "[owners]") {
  config.command = PublishCommand::rpush;
  const auto one = instance("echo:a");
  publish(*one, "1");
  // As another container of the same host name does, which cannot see that the first one lives.
  const std::string taken = "99999999999999 1 abcdef 2";
  say(redis.url(), {"LREM", "address", "1", "1"});
  say(redis.url(), {"HSET", owners_key("address"), "echo:a", taken});
  wait_until([&] { return list() == Names{"1"}; });
  CHECK(say(redis.url(), {"HGET", owners_key("address"), "echo:a"}).text == taken);
}

TEST_CASE_METHOD(OwnersTest, "all are there again after the server has lost everything", "[owners]") {
  config.command = GENERATE(PublishCommand::set, PublishCommand::rpush);
  const bool is_list = config.command == PublishCommand::rpush;
  const auto one = instance("echo:a"), two = instance("echo:b");
  publish(*one, "1");
  publish(*two, "2");
  if (is_list) say(redis.url(), {"RPOP", "address"});  // by a dialer
  redis.kill();
  redis.start();
  redis.wait_until_ready();
  wait_until([&] { return (is_list ? list() : Names{value()}) == (is_list ? Names{"1", "2"} : Names{"2"}); });
}

TEST_CASE_METHOD(OwnersTest, "the commands that are said to be needed are enough, and each of them is",
                 "[owners]") {
  config.command = GENERATE(PublishCommand::set, PublishCommand::rpush);
  const bool is_list = config.command == PublishCommand::rpush;
  std::vector<std::string> rules = {"ACL", "SETUSER", "few", "on", ">pw", "~address",
                                    "~usher:owners:*", "nocommands"};
  for (const char* command : {"+eval", "+time", "+type", "+hget", "+hgetall", "+hset", "+hdel",
                              "+pexpire", "+del"})
    rules.emplace_back(command);
  for (const char* command : is_list ? std::vector{"+rpush", "+lrange", "+lrem"}
                                     : std::vector{"+get", "+set"})
    rules.emplace_back(command);
  CHECK(say(redis.url(), rules).text == "OK");
  config.ttl = 300'000ms;
  std::string limits, problem;
  config.url = redis.url("few:pw@");
  config.key = "address";
  Publisher one(loop, resolver, config, "echo:a", [&](const auto& outcome) {
    limits += outcome.limits;
    problem += outcome.problem;
  });
  publish(one, "1");
  publish(one, "2");
  withdraw(one);
  CHECK(limits == "");
  CHECK(problem == "");
  CHECK(say(redis.url(), {"EXISTS", "address"}).integer == 0);
}
