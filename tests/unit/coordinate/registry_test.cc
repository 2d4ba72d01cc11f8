#include "init/coordinate/registry.h"

#include "init/coordinate/registry_reader.h"
#include "tests/catch.h"
#include "tests/fake/real_redis.h"
#include "tests/fake/redis_server.h"
#include "tests/unit/coordinate/redis_fixture.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

struct Listing {
  std::vector<RegistryEntry> entries;
  std::string problem;
};

struct RegistryTest : RedisFixture {
  CoordinationConfig config;
  std::vector<std::string> told;

  std::unique_ptr<Registry> registry_at(const std::string& url) {
    config.redis = url;
    config.space = "echo-interop";
    return std::make_unique<Registry>(
        loop, resolver, config, [this](const std::string& problem) { told.push_back(problem); },
        10min);
  }
  Listing read(const std::string& url, Millis limit = 60s) {
    RegistryReader reader(loop, resolver, parse_redis_url(url).url, "echo-interop");
    std::optional<Listing> got;
    reader.read(limit, [&](std::vector<RegistryEntry> entries, std::string problem) {
      got = {std::move(entries), std::move(problem)};
    });
    CHECK(!got);
    REQUIRE(loop_until(loop, [&] { return got.has_value(); }));
    return std::move(*got);
  }
  std::string leave(Registry& registry, Millis limit = 60s) {
    std::optional<std::string> got;
    registry.leave(limit, [&](std::string problem) { got = std::move(problem); });
    REQUIRE(loop_until(loop, [&] { return got.has_value(); }));
    return *got;
  }
  void wait_told(std::size_t times) {
    REQUIRE(loop_until(loop, [&] { return told.size() >= times; }));
  }
};

RegistryEntry entry(const std::string& service, const std::string& state = "ready") {
  RegistryEntry made;
  made.service = service;
  made.instance = "3f2a";
  made.state = state;
  made.health = "healthy";
  made.value = "/ip4/172.18.0.3/tcp/4001";
  made.attempt = 2;
  made.since_ms = 1'700'000'000'123;
  return made;
}

}  // namespace

TEST_CASE_METHOD(RegistryTest, "what all containers show can be read, in order", "[registry]") {
  RealRedis redis;
  const std::string url = redis.url() + "?db=4";
  auto server = registry_at(url), dialer = registry_at(url);
  server->show(entry("js-server"));
  dialer->show(entry("dialer", "waiting"));
  wait_told(2);
  CHECK(told == std::vector<std::string>{"", ""});
  const Listing listing = read(url);
  CHECK(listing.problem == "");
  REQUIRE(listing.entries.size() == 2);
  CHECK(listing.entries[0] == entry("dialer", "waiting"));
  CHECK(listing.entries[1] == entry("js-server"));
}

TEST_CASE_METHOD(RegistryTest, "a change is shown, and how it ended is left for a while",
                 "[registry]") {
  RealRedis redis;
  auto registry = registry_at(redis.url());
  registry->show(entry("js-server", "starting"));
  registry->show(entry("js-server", "ready"));  // while the first is on its way
  wait_told(1);
  while (read(redis.url()).entries.at(0).state != "ready") continue;
  registry->show(entry("js-server", "stopping"));
  registry->show(entry("js-server", "exited"));
  CHECK(leave(*registry) == "");  // although a write is under way
  CHECK(read(redis.url()).entries.at(0).state == "exited");
  const auto left = say(redis.url(), {"PTTL", "echo-interop:service:js-server:3f2a"}).integer;
  CHECK((left > 0 && left <= 15'000));
  registry->show(entry("js-server", "ready"));  // too late
  CHECK(read(redis.url()).entries.at(0).state == "exited");
}

TEST_CASE_METHOD(RegistryTest, "what is shown already is not written again", "[registry]") {
  FakeRedis server(loop);
  unsigned transactions = 0;
  server.on_command = [&](FakeRedis::Client& client, const RedisCommand& command) {
    if (command[0] == "EXEC") ++transactions;
    client.say(command[0] == "EXEC" ? "*1\r\n+OK\r\n" : "+OK\r\n");
  };
  config.ttl = 24h;
  auto registry = registry_at(server.url);
  for (const char* state : {"ready", "ready", "unhealthy"}) {
    for (int i = 0; i < 100; ++i) registry->show(entry("js-server", state));
    const unsigned wanted = std::string(state) == "ready" ? 1 : 2;
    REQUIRE(loop_until(loop, [&] { return transactions >= wanted; }));
  }
  CHECK(leave(*registry) == "");
  // The last one renews the time for which it is left; one that was under way will do.
  CHECK((transactions == 2 || transactions == 3));
}

TEST_CASE_METHOD(RegistryTest, "an entry is refreshed, and expires when nobody does it any more",
                 "[registry]") {
  RealRedis redis;
  config.ttl = 300ms;
  auto registry = registry_at(redis.url());
  registry->show(entry("crashed"));
  const std::string key = "echo-interop:service:crashed:3f2a";
  wait_told(1);
  say(redis.url(), {"DEL", key});  // comes back with the next refresh
  while (say(redis.url(), {"EXISTS", key}).integer == 0) continue;
  registry.reset();
  while (say(redis.url(), {"EXISTS", key}).integer == 1) continue;
  CHECK(say(redis.url(), {"SCARD", "echo-interop:services"}).integer == 1);
  CHECK(read(redis.url()).entries.empty());
  CHECK(say(redis.url(), {"SCARD", "echo-interop:services"}).integer == 0);  // struck off
}

TEST_CASE_METHOD(RegistryTest, "a server that goes and comes back empty has the entry again",
                 "[registry]") {
  RealRedis redis({"--save", ""});
  config.ttl = 300ms;
  auto registry = registry_at(redis.url());
  registry->show(entry("js-server"));
  wait_told(1);
  redis.kill();
  wait_told(2);
  CHECK_THAT(told[1], has_text("No such file or directory"));
  CHECK(registry->breaker().state() == Breaker::State::open);
  redis.start();
  REQUIRE(loop_until(loop, [&] { return told.back() == ""; }));
  Listing listing;
  while ((listing = read(redis.url())).entries.empty()) continue;  // it expires when we stall
  CHECK(listing.entries.at(0) == entry("js-server"));
}

TEST_CASE_METHOD(RegistryTest, "a dead or silent server does not hold up the end", "[registry]") {
  FakeRedis server(loop);  // says nothing
  auto registry = registry_at(server.url);
  registry->show(entry("js-server"));
  REQUIRE(loop_until(loop, [&] { return !server.commands.empty(); }));
  CHECK(leave(*registry, 20ms) == "no answer within 20ms");
  auto lost = registry_at("unix:///nonexistent/redis.sock");
  lost->show(entry("js-server"));
  wait_told(1);
  CHECK_THAT(leave(*lost), has_text("No such file or directory"));
}

TEST_CASE_METHOD(RegistryTest, "the first to come says which trace all belong to", "[registry]") {
  RealRedis redis({"--save", ""});
  config.ttl = 300ms;
  std::vector<std::string> traces, problems;
  const auto hear = [&](const std::string& value, const std::string& problem) {
    traces.push_back(value);
    problems.push_back(problem);
  };
  auto first = registry_at(redis.url()), second = registry_at(redis.url());
  first->share_trace("mine", hear);
  first->show(entry("js-server"));
  REQUIRE(loop_until(loop, [&] { return traces.size() >= 1; }));
  CHECK(traces.front() == "mine");
  first.reset();
  say(redis.url(), {"SET", "echo-interop:trace", "mine"});  // without an end
  second->share_trace("another", hear);
  traces.clear();
  second->show(entry("dialer"));
  REQUIRE(loop_until(loop, [&] { return traces.size() >= 1; }));
  CHECK(traces.front() == "mine");
  const auto left = say(redis.url(), {"PTTL", "echo-interop:trace"}).integer;
  CHECK(left != -1);  // whoever lives keeps it, and nobody else
  CHECK(left <= 300);
  say(redis.url(), {"DEL", "echo-interop:trace"});
  // Whoever knows it writes it again where the server has lost it.
  while (say(redis.url(), {"GET", "echo-interop:trace"}).text != "mine") continue;
  CHECK(problems == std::vector<std::string>(problems.size(), ""));
}

TEST_CASE_METHOD(RegistryTest, "without the right to a trace there is an entry all the same", "[registry]") {
  RealRedis redis;
  say(redis.url(), {"HSET", "echo-interop:trace", "no", "text"});
  std::string problem;
  auto registry = registry_at(redis.url());
  registry->share_trace("mine", [&](const std::string& value, const std::string& why) {
    CHECK(value == "");
    problem = why;
  });
  registry->show(entry("js-server"));
  wait_told(1);
  CHECK(told == std::vector<std::string>{""});
  CHECK_THAT(problem, has_text("WRONGTYPE"));
  CHECK(read(redis.url()).entries.size() == 1);
}

TEST_CASE_METHOD(RegistryTest, "who leaves hears that there is no trace to be had", "[registry]") {
  std::string problem;
  auto lost = registry_at("unix:///nonexistent/redis.sock");
  lost->share_trace("mine", [&](const std::string& value, const std::string& why) {
    CHECK(value == "");
    problem = why;
  });
  lost->show(entry("js-server"));
  leave(*lost);
  CHECK_THAT(problem, has_text("No such file or directory"));
}

TEST_CASE_METHOD(RegistryTest, "a foreign key in the place of an entry is no entry", "[registry]") {
  RealRedis redis;
  say(redis.url(), {"SADD", "echo-interop:services", "a", "b", "c", ""});
  say(redis.url(), {"SET", "echo-interop:service:a", "text"});
  say(redis.url(), {"HSET", "echo-interop:service:b", "colour", "blue"});
  say(redis.url(),
      {"HSET", "echo-interop:service:c", "service", "c", "attempt", "many", "colour", "red"});
  const Listing listing = read(redis.url());
  CHECK(listing.problem == "");
  REQUIRE(listing.entries.size() == 1);
  CHECK(listing.entries[0].service == "c");
  CHECK(listing.entries[0].attempt == 0);
  say(redis.url(), {"DEL", "echo-interop:services"});
  say(redis.url(), {"SET", "echo-interop:services", "text"});
  CHECK_THAT(read(redis.url()).problem, has_text("WRONGTYPE"));
}

TEST_CASE_METHOD(RegistryTest, "a list of services that is too long is cut, and said to be",
                 "[registry]") {
  RealRedis redis;
  RedisCommand add = {"SADD", "echo-interop:services"};
  for (int i = 0; i < 5000; ++i) add.push_back("gone:" + std::to_string(i));
  say(redis.url(), add);
  CHECK(read(redis.url()).problem == "only the first 4096 services are read");
}

TEST_CASE_METHOD(RegistryTest, "a list of services without an end is given up", "[registry]") {
  const auto bytes = GENERATE("*2\r\n$1\r\n7\r\n*1\r\n$1\r\na\r\n", "*0\r\n", "+OK\r\n",
                              "*2\r\n$1\r\n0\r\n:1\r\n");
  FakeRedis server(loop);
  server.on_command = [&](FakeRedis::Client& client, const RedisCommand&) { client.say(bytes); };
  CHECK(read(server.url, 50ms).problem != "");
}
