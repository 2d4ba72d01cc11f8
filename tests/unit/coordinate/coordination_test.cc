#include "init/coordinate/coordination.h"

#include <algorithm>

#include "tests/catch.h"
#include "tests/fake/real_redis.h"
#include "tests/fake/redis_server.h"
#include "tests/unit/coordinate/redis_fixture.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

struct CoordinationTest : RedisFixture {
  Config config;
  std::vector<Coordination::News> news;
  bool awaited = false;  // the service waits for the servers
  std::unique_ptr<Coordination> coordination;

  void publish_to(const std::string& url) {
    config.readiness.publish.url = url;
    config.readiness.publish.key = "listenerAddr";
  }
  void register_at(const std::string& url) {
    config.coordination.redis = url;
    config.coordination.space = "run";
  }
  Coordination& begin() {
    REQUIRE(Coordination::configured(config));
    coordination = std::make_unique<Coordination>(
        loop, resolver, config, [this](const auto& line) { news.push_back(line); },
        [this](const RedisUrl&) { return awaited; }, 10min);
    return *coordination;
  }
  bool told(std::string_view event) const {
    return std::any_of(news.begin(), news.end(),
                       [&](const auto& line) { return line.event.name() == event; });
  }
  void wait_told(std::string_view event) {
    REQUIRE(loop_until(loop, [&] { return told(event); }));
  }
  void stop(Millis limit = 60s) {
    bool stopped = false;
    coordination->stop(limit, [&] { stopped = true; });
    CHECK(!stopped);
    REQUIRE(loop_until(loop, [&] { return stopped; }));
    coordination.reset();
  }
};

RegistryEntry ready_entry() {
  RegistryEntry entry;
  entry.service = "js-server";
  entry.instance = "3f2a";
  entry.state = "ready";
  return entry;
}

}  // namespace

TEST_CASE("without Redis in the configuration there is nothing to tell", "[coordination]") {
  CHECK(!Coordination::configured(Config()));
}

TEST_CASE_METHOD(CoordinationTest,
                 "a service is announced when it is ready, and forgotten at the end",
                 "[coordination]") {
  RealRedis redis;
  publish_to(redis.url());
  register_at(redis.url());
  config.readiness.publish.remove_on_stop = true;
  config.readiness.publish.clear_at_start = true;
  config.shutdown.cleanup_keys = {"left", "over", "absent"};
  for (const char* key : {"left", "over", "kept"}) say(redis.url(), {"SET", key, "x"});
  say(redis.url(), {"SET", "listenerAddr", "stale"});

  begin().starting();
  wait_told("unpublished");
  CHECK(say(redis.url(), {"EXISTS", "listenerAddr"}).integer == 0);
  coordination->show(ready_entry());
  coordination->ready("/ip4/172.18.0.3/tcp/4001");
  wait_told("published");
  wait_told("registered");
  CHECK(news.back().redis == redis.url());
  CHECK(say(redis.url(), {"GET", "listenerAddr"}).text == "/ip4/172.18.0.3/tcp/4001");
  CHECK(say(redis.url(), {"HGET", "run:service:js-server:3f2a", "state"}).text == "ready");

  stop();
  for (const char* key : {"listenerAddr", "left", "over"})
    CHECK(say(redis.url(), {"EXISTS", key}).integer == 0);
  CHECK(say(redis.url(), {"EXISTS", "kept"}).integer == 1);
}

TEST_CASE_METHOD(CoordinationTest, "the registry shows what was published", "[coordination]") {
  RealRedis redis;
  publish_to(redis.url());
  register_at(redis.url());
  config.readiness.publish.value = "fixed";
  const auto shown = [&] {
    return say(redis.url(), {"HGET", "run:service:js-server:3f2a", "value"}).text;
  };
  RegistryEntry entry = ready_entry();
  entry.value = "found";
  begin().show(entry);
  wait_told("registered");
  CHECK(shown() == "");
  coordination->ready("found");
  wait_told("published");
  while (shown() != "fixed") continue;
  coordination->starting();
  wait_told("unpublished");
  while (shown() != "") continue;
  stop();
}

TEST_CASE_METHOD(CoordinationTest, "what was published stays unless its removal is asked for",
                 "[coordination]") {
  RealRedis redis;
  publish_to(redis.url());
  config.readiness.publish.value = "fixed";
  begin().ready("found");
  wait_told("published");
  stop();
  CHECK(say(redis.url(), {"GET", "listenerAddr"}).text == "fixed");
}

TEST_CASE_METHOD(CoordinationTest, "a removal follows the write that is still under way",
                 "[coordination]") {
  RealRedis redis;
  publish_to(redis.url());
  config.readiness.publish.remove_on_stop = true;
  begin().ready("value");
  stop();
  CHECK(say(redis.url(), {"EXISTS", "listenerAddr"}).integer == 0);
}

TEST_CASE_METHOD(CoordinationTest, "no value to publish is an error that is told",
                 "[coordination]") {
  publish_to("unix:///nonexistent/redis.sock");
  begin().ready("");
  REQUIRE(news.size() == 1);
  CHECK(news[0].level == LogLevel::error);
  CHECK(news[0].event.name() == "publish_failed");
  stop();
}

TEST_CASE_METHOD(CoordinationTest, "servers that are dead or silent do not hold up the end",
                 "[coordination]") {
  FakeRedis silent(loop);
  const bool answers = GENERATE(true, false);
  const std::string url = answers ? "unix:///nonexistent/redis.sock" : silent.url;
  publish_to(url);
  register_at(url);
  config.readiness.publish.remove_on_stop = true;
  config.shutdown.cleanup_keys = {"left"};
  begin().show(ready_entry());
  coordination->ready("value");
  if (answers) wait_told("publish_failed");
  stop(answers ? 60s : 50ms);
  CHECK(told("cleanup_failed"));
  if (answers) CHECK(told("unregister_failed"));
}

TEST_CASE_METHOD(CoordinationTest, "failures are told once, and no password with them",
                 "[coordination]") {
  FakeRedis server(loop);
  server.on_command = [](FakeRedis::Client& client, const RedisCommand& command) {
    client.say("-ERR unknown command '" + command[0] +
               "', with args beginning with: 'hunter2'\r\n");
  };
  publish_to("unix://:hunter2@" + server.url.substr(7));
  begin().ready("value");
  REQUIRE(loop_until(loop, [&] { return news.size() == 3; }));
  CHECK(news[0].level == LogLevel::error);
  CHECK(news[1].level == LogLevel::debug);
  CHECK(news[2].level == LogLevel::debug);
  for (const auto& line : news) CHECK_THAT(line.redis + line.message, !has_text("hunter2"));
  stop();
}

TEST_CASE_METHOD(CoordinationTest, "its user may destroy it when all is done", "[coordination]") {
  RealRedis redis;
  publish_to(redis.url());
  register_at(redis.url());
  config.readiness.publish.remove_on_stop = true;
  begin().show(ready_entry());
  coordination->stop(60s, [&] { coordination.reset(); });
  REQUIRE(loop_until(loop, [&] { return coordination == nullptr; }));
  CHECK(say(redis.url(), {"EXISTS", "listenerAddr"}).integer == 0);
}

TEST_CASE_METHOD(CoordinationTest, "another start may publish under another key",
                 "[coordination]") {
  RealRedis redis;
  publish_to(redis.url());
  begin().starting();
  coordination->ready("first");
  wait_told("published");
  config.readiness.publish.key = "another";
  coordination->starting();
  coordination->ready("second");
  REQUIRE(loop_until(
      loop, [&] { return news.back().key == "another" && news.back().value == "second"; }));
  CHECK(say(redis.url(), {"GET", "listenerAddr"}).text == "first");
  CHECK(say(redis.url(), {"GET", "another"}).text == "second");
}

TEST_CASE_METHOD(CoordinationTest,
                 "a server that is the service itself is missed only while it is up",
                 "[coordination]") {
  std::string url;
  {
    FakeRedis gone(loop, true);
    url = gone.url;
  }
  register_at(url);
  const auto level = [&](std::string_view event) {
    const auto at = std::find_if(news.rbegin(), news.rend(),
                                 [&](const auto& line) { return line.event.name() == event; });
    REQUIRE(at != news.rend());
    return at->level;
  };
  RegistryEntry starting = ready_entry();
  starting.state = "starting";
  begin().show(starting);
  wait_told("register_failed");
  CHECK(level("register_failed") == LogLevel::debug);
  SECTION("before it is ready and after it has stopped") {}
  SECTION("while it is ready") {
    coordination->show(ready_entry());
    REQUIRE(loop_until(loop, [&] { return level("register_failed") == LogLevel::warn; }));
    const std::size_t had = news.size();
    REQUIRE(loop_until(loop, [&] { return news.size() > had; }));
    CHECK(level("register_failed") == LogLevel::debug);  // told once
  }
  stop();
  CHECK(level("unregister_failed") == LogLevel::debug);
}

TEST_CASE_METHOD(CoordinationTest, "a server that the service still waits for is not missed",
                 "[coordination]") {
  std::string url;
  {
    FakeRedis gone(loop, true);
    url = gone.url;
  }
  const bool publishes = GENERATE(true, false);
  publishes ? publish_to(url) : register_at(url);
  const std::string_view event = publishes ? "publish_failed" : "register_failed";
  std::vector<LogLevel> levels;
  const auto next = [&] {
    news.clear();
    wait_told(event);
    levels.push_back(news.front().level);
  };
  awaited = true;
  begin().starting();
  coordination->show(ready_entry());
  next();
  next();
  // One attempt may have begun before it was there.
  awaited = false;
  for (int i = 0; i < 3; ++i) next();
  using enum LogLevel;
  CHECK(levels == std::vector{debug, debug, debug, warn, debug});
  stop();
}

TEST_CASE_METHOD(CoordinationTest, "a wrong password is told, though the server is awaited",
                 "[coordination]") {
  FakeRedis server(loop);
  server.on_command = [](FakeRedis::Client& client, const RedisCommand&) {
    client.say("-WRONGPASS invalid username-password pair or user is disabled.\r\n");
  };
  publish_to("unix://:wrong@" + server.url.substr(7));
  awaited = true;
  begin().starting();
  wait_told("publish_failed");
  CHECK(news.front().level == LogLevel::error);
  stop();
}
