// What a probe of a key hears of it between two looks.
#include "init/app/poller.h"
#include "tests/unit/probes/redis_probe_fixture.h"

using namespace usher;

namespace {

// What a server tells those who watch the key.
std::string message(const std::string& event) {
  const auto bulk = [](const std::string& text) {
    return '$' + std::to_string(text.size()) + "\r\n" + text + "\r\n";
  };
  return "*3\r\n" + bulk("message") + bulk("__keyspace@0__:listenerAddr") + bulk(event);
}

}  // namespace

TEST_CASE_METHOD(RedisProbeTest,
                 "a list that a blocked BLPOP takes is seen where the server notifies",
                 "[redis_probe]") {
  RealRedis redis({"--notify-keyspace-events", GENERATE("Kl$", "KEA")});
  auto dialer = link_to(redis.url());
  bool popped = false;
  dialer->ask({{"BLPOP", "listenerAddr", "0"}}, 60s, [&](RedisAnswer) { popped = true; });
  const ProbeConfig config = key_at(redis.url());
  const auto probe = make_probe(config, context);
  int changes = 0;
  probe->watch([&] { ++changes; });
  CHECK(run(*probe).reason == "key \"listenerAddr\" is not there");
  REQUIRE(loop_until(loop, [&] { return changes == 1; }));  // it is watched from now on
  CHECK(run(*probe).verdict == Verdict::not_yet);

  say(redis.url(), {"RPUSH", "listenerAddr", "/ip4/172.18.0.3/tcp/4001"});
  REQUIRE(loop_until(loop, [&] { return popped && changes == 2; }));
  CHECK(say(redis.url(), {"EXISTS", "listenerAddr"}).integer == 0);
  const ProbeResult result = run(*probe);
  CHECK(result.verdict == Verdict::pass);
  CHECK(result.value == "");
  CHECK_THAT(result.reason, has_text("was written, and its value taken away"));
}

TEST_CASE_METHOD(RedisProbeTest, "a write that is told together with the subscription is heard of",
                 "[redis_probe]") {
  FakeRedis server(loop);
  server.on_command = [](FakeRedis::Client& client, const RedisCommand& command) {
    if (command[0] == "PING") client.say("+PONG\r\n");
    if (command[0] == "TYPE") client.say("+none\r\n");
    if (command[0] == "CONFIG") client.say("*2\r\n$1\r\nx\r\n$2\r\nKA\r\n");
    if (command[0] == "SUBSCRIBE")
      client.say("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n" + message("rpush"));
  };
  const ProbeConfig config = key_at(server.url);
  const auto probe = make_probe(config, context);
  int changes = 0;
  probe->watch([&] { ++changes; });
  CHECK(run(*probe).verdict == Verdict::not_yet);
  REQUIRE(loop_until(loop, [&] { return changes == 2; }));  // written, and watched
  CHECK(run(*probe).verdict == Verdict::pass);
}

TEST_CASE_METHOD(RedisProbeTest, "a key that is written while it is asked for is not taken for gone",
                 "[redis_probe]") {
  FakeRedis server(loop);
  FakeRedis::Client *asking = nullptr, *listening = nullptr;
  int changes = 0;
  server.on_command = [&](FakeRedis::Client& client, const RedisCommand& command) {
    if (command[0] == "PING") client.say("+PONG\r\n");
    if (command[0] == "CONFIG") client.say("*2\r\n$1\r\nx\r\n$2\r\nKA\r\n");
    if (command[0] == "SUBSCRIBE") {
      listening = &client;
      client.say("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n");
    }
    if (command[0] != "TYPE") return;
    if (changes == 0) return client.say("+none\r\n");
    // It is written after this question; that is heard before the answer comes.
    asking = &client;
    listening->say(message("set"));
  };
  const ProbeConfig config = key_at(server.url);
  const auto probe = make_probe(config, context);
  probe->watch([&] {
    if (++changes == 2) asking->say("+none\r\n");
  });
  run(*probe);
  REQUIRE(loop_until(loop, [&] { return changes == 1; }));
  CHECK(run(*probe).verdict == Verdict::not_yet);
  CHECK(changes == 2);
}

TEST_CASE_METHOD(RedisProbeTest,
                 "a key is asked for at once when it is written, not at the next poll",
                 "[redis_probe]") {
  RealRedis redis({"--notify-keyspace-events", "KA"});
  const ProbeConfig config = key_at(redis.url() + "?db=2");
  Poller poller(loop, make_probe(config, context), 60s, Millis{1h}, [] {});
  poller.start();
  until_watched(redis, "2");
  say(redis.url() + "?db=2", {"SET", "listenerAddr", "there"});
  REQUIRE(loop_until(loop, [&] { return poller.passed(); }));
  CHECK(poller.last().value == "there");
}

TEST_CASE_METHOD(RedisProbeTest, "who needs the value waits on when it was taken away",
                 "[redis_probe]") {
  RealRedis redis({"--notify-keyspace-events", "KA"});
  auto dialer = link_to(redis.url());
  bool popped = false;
  dialer->ask({{"BLPOP", "listenerAddr", "0"}}, 60s, [&](RedisAnswer) { popped = true; });
  const ProbeConfig config = key_at(redis.url());
  Poller poller(loop, make_probe(config, context), 60s, Millis{1h}, [] {}, true);
  poller.start();
  until_watched(redis, "0");
  say(redis.url(), {"RPUSH", "listenerAddr", "first"});
  REQUIRE(loop_until(loop, [&] {
    return popped && poller.last().reason.find("taken away") != std::string::npos;
  }));
  CHECK(!poller.passed());
  say(redis.url(), {"SET", "listenerAddr", "second"});
  REQUIRE(loop_until(loop, [&] { return poller.passed(); }));
  CHECK(poller.last().value == "second");
}

TEST_CASE_METHOD(RedisProbeTest,
                 "a server that does not notify is polled, and its configuration left alone",
                 "[redis_probe]") {
  RealRedis redis;
  const ProbeConfig config = key_at(redis.url());
  const auto probe = make_probe(config, context);
  int changes = 0;
  probe->watch([&] { ++changes; });
  CHECK(run(*probe).verdict == Verdict::not_yet);
  say(redis.url(), {"SET", "listenerAddr", "there"});
  CHECK(run(*probe).value == "there");
  CHECK(changes == 0);
  CHECK(say(redis.url(), {"CONFIG", "GET", "notify-keyspace-events"}).elements.at(1).text == "");
}

TEST_CASE_METHOD(RedisProbeTest, "a watch that has broken is opened again once the server is back",
                 "[redis_probe]") {
  RealRedis redis({"--notify-keyspace-events", "KA"});
  const ProbeConfig config = key_at(redis.url());
  const auto probe = make_probe(config, context);
  int changes = 0;
  probe->watch([&] { ++changes; });
  for (int round = 1; round <= 2; ++round) {
    CHECK(run(*probe).verdict == Verdict::not_yet);
    REQUIRE(loop_until(loop, [&] { return changes == round; }));
    redis.kill();
    CHECK_THAT(run(*probe).reason, has_text("No such file or directory"));
    redis.start();
    redis.wait_until_ready();
  }
}
