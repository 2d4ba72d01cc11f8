#include "probes/redis_probe.h"

#include "init/app/poller.h"
#include "probes/make_probe.h"
#include "tests/catch.h"
#include "tests/fake/real_redis.h"
#include "tests/fake/redis_server.h"
#include "tests/open_descriptors.h"
#include "tests/unit/coordinate/redis_fixture.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

using Verdict = ProbeResult::Verdict;

struct NoLauncher final : Launcher {
  SpawnResult launch(const Argv&, int, std::string&, std::function<void(const Ended&)>) override {
    return {};
  }
  pid_t fork_off(int, const std::function<void(int)>&, std::function<void(const Ended&)>) override {
      return -1;
    }
    bool runs(pid_t) const override { return false; }
    void abandon(pid_t) override {}
};

struct RedisProbeTest : RedisFixture {
  NoLauncher launcher;
  ProbeContext context{loop, resolver, launcher};

  ProbeResult run(const RedisProbe& config, Millis timeout = 60s) {
    const ProbeConfig any = config;
    const auto probe = make_probe(any, context);
    return run(*probe, timeout);
  }
  ProbeResult run(Probe& probe, Millis timeout = 60s) {
    std::optional<ProbeResult> got;
    probe.start(timeout, [&](ProbeResult result) { got = std::move(result); });
    CHECK(!got);
    REQUIRE(loop_until(loop, [&] { return got.has_value(); }));
    return *got;
  }
  // Of a server that answers every command with the same bytes.
  ProbeResult run_against(const std::string& bytes, RedisProbe config = {}) {
    FakeRedis server(loop);
    server.on_command = [&](FakeRedis::Client& client, const RedisCommand&) { client.say(bytes); };
    config.url = server.url;
    return run(config);
  }
};

RedisProbe at(const std::string& url) {
  RedisProbe probe;
  probe.url = url;
  return probe;
}

RedisProbe key_at(const std::string& url, const std::string& key = "listenerAddr") {
  RedisProbe probe = at(url);
  probe.key = key;
  return probe;
}

}  // namespace

TEST_CASE_METHOD(RedisProbeTest, "only PONG is alive", "[redis_probe]") {
  const auto [bytes, verdict, reason] = GENERATE(table<std::string, Verdict, std::string>({
      {"+PONG\r\n", Verdict::pass, ""},
      {"$4\r\nPONG\r\n", Verdict::not_yet, "it answered PING with \"PONG\""},
      {"+OK\r\n", Verdict::not_yet, "it answered PING with \"OK\""},
      {":1\r\n", Verdict::not_yet, "it answered PING with something else"},
      {"$-1\r\n", Verdict::not_yet, "it answered PING with nothing"},
      {"*0\r\n", Verdict::not_yet, "it answered PING with something else"},
      {"-LOADING Redis is loading the dataset in memory\r\n", Verdict::not_yet,
       "the server is still loading its data"},
      {"-BUSY Redis is busy\r\n", Verdict::not_yet, "the server answered \"BUSY Redis is busy\""},
      {"-ERR max number of clients reached\r\n", Verdict::not_yet,
       "the server has as many clients as it allows"},
      {"-NOAUTH Authentication required.\r\n", Verdict::misconfigured,
       "the server needs a password, and the URL has none"},
      {"-NOPERM this user has no permissions\r\n", Verdict::misconfigured,
       "the user of the URL has no permission for this"},
      {"HTTP/1.1 400 Bad Request\r\n\r\n", Verdict::not_yet,
       "the server sent something that is no Redis reply"},
  }));
  CAPTURE(bytes);
  const ProbeResult result = run_against(bytes);
  CHECK(result.verdict == verdict);
  CHECK(result.reason == reason);
}

TEST_CASE_METHOD(RedisProbeTest, "a server is alive in each of the ways to reach it",
                 "[redis_probe]") {
  RealRedis redis({"--requirepass", "pass word", "--user", "app", "on", ">secret", "~*", "+@all"});
  for (const char* credentials : {":pass%20word@", "default:pass%20word@", "app:secret@"})
    CHECK(run(at(redis.url(credentials) + "?db=3")).verdict == Verdict::pass);
}

TEST_CASE_METHOD(RedisProbeTest,
                 "what only a person can mend is misconfigured, and no secret is told",
                 "[redis_probe]") {
  RealRedis redis({"--requirepass", "right"});
  const auto [credentials, query, reason] = GENERATE(table<std::string, std::string, std::string>({
      {"", "", "the server needs a password, and the URL has none"},
      {":hunter2@", "", "the server does not accept the user or the password of the URL"},
      {"nobody:hunter2@", "", "the server does not accept the user or the password of the URL"},
      {":right@", "?db=999", "the server has no database of the number in the URL"},
  }));
  const RedisProbe config = at(redis.url(credentials) + query);
  const ProbeResult result = run(config);
  CHECK(result.verdict == Verdict::misconfigured);
  CHECK(result.reason == reason);
  CHECK_THAT(target_of(config), !has_text("hunter2"));
  const ProbeResult bad_url = run(at("redis://:hunter2/@h"));
  CHECK(bad_url.verdict == Verdict::misconfigured);
  CHECK_THAT(bad_url.reason, !has_text("hunter2"));
}

TEST_CASE_METHOD(RedisProbeTest, "a server that is away, silent or broken is not there yet",
                 "[redis_probe]") {
  RealRedis redis;
  const RedisProbe config = at(redis.url());
  redis.kill();
  CHECK_THAT(run(config).reason, has_text("No such file or directory"));
  std::string refusing;
  { refusing = FakeRedis(loop, true).url; }
  CHECK_THAT(run(at(refusing)).reason, has_text("Connection refused"));
  redis.start();
  redis.wait_until_ready();
  CHECK(run(config).verdict == Verdict::pass);

  FakeRedis server(loop, true);
  CHECK(run(at(server.url), 20ms).reason == "no answer within 20ms");
  server.on_command = [](FakeRedis::Client& client, const RedisCommand&) {
    client.say("+PO");
    client.hang_up(true);
  };
  const ProbeResult reset = run(at(server.url));
  CHECK(reset.verdict == Verdict::not_yet);
  CHECK(reset.reason == "the connection broke: Connection reset by peer");
}

TEST_CASE_METHOD(RedisProbeTest, "a slow server is waited for, whatever the pieces of its answer",
                 "[redis_probe]") {
  FakeRedis server(loop, true);
  Timer later(loop);
  std::string left = "+PONG\r\n";
  std::function<void(FakeRedis::Client&)> next = [&](FakeRedis::Client& client) {
    client.say(left.substr(0, 1));
    left.erase(0, 1);
    if (!left.empty()) later.start(1ms, [&] { next(client); });
  };
  server.on_command = [&](FakeRedis::Client& client, const RedisCommand&) { next(client); };
  CHECK(run(at(server.url)).verdict == Verdict::pass);
  CHECK(left == "");
}

TEST_CASE_METHOD(RedisProbeTest, "a server that loads its data is not there yet", "[redis_probe]") {
  RealRedis redis;
  say(redis.url(), {"CONFIG", "SET", "rdbcompression", "no"});
  for (int i = 0; i < 1000; ++i)
    say(redis.url(), {"SET", "key" + std::to_string(i), std::string(2000, 'v')});
  say(redis.url(), {"SAVE"});
  redis.kill();
  // Loading goes on until it is told to hurry.
  redis.set_options(
      {"--key-load-delay", "100000", "--loading-process-events-interval-bytes", "1024"});
  redis.start();
  redis.wait_for_log("Loading RDB");
  const ProbeResult result = run(at(redis.url()));
  CHECK(result.verdict == Verdict::not_yet);
  CHECK(result.reason == "the server is still loading its data");
  CHECK(say(redis.url(), {"CONFIG", "SET", "key-load-delay", "0"}).is_status("OK"));
  redis.wait_until_ready();
  CHECK(run(at(redis.url())).verdict == Verdict::pass);
}

TEST_CASE_METHOD(RedisProbeTest, "memory and clients are asked for only where they are limited",
                 "[redis_probe]") {
  RealRedis redis;
  RedisProbe config = at(redis.url());
  config.max_memory = 1 << 30;
  config.max_clients = 100;
  CHECK(run(config).verdict == Verdict::pass);
  config.max_memory = 1000;
  CHECK_THAT(run(config).reason,
             has_text("used_memory is ") && has_text(", above max_memory, 1000"));
  config.max_memory = 0;
  config.max_clients = 1;
  const auto another = link_to(redis.url());
  ask(*another, {{"PING"}});
  CHECK(run(config).reason == "connected_clients is 2, above max_clients, 1");

  FakeRedis server(loop);
  server.on_command = [](FakeRedis::Client& client, const RedisCommand& command) {
    client.say(command[0] == "PING" ? "+PONG\r\n" : "$26\r\nused_memory_human:\nrubbish\r\n");
  };
  CHECK(run(at(server.url)).verdict == Verdict::pass);
  CHECK(server.commands.size() == 1);
  config = at(server.url);
  config.max_memory = 1;
  CHECK(run(config).reason == "its INFO does not tell used_memory");
}

TEST_CASE_METHOD(RedisProbeTest, "a server out of memory is alive, and its keys can be read",
                 "[redis_probe]") {
  RealRedis redis;
  say(redis.url(), {"SET", "listenerAddr", "there"});
  say(redis.url(), {"CONFIG", "SET", "maxmemory", "1"});
  CHECK_THAT(say(redis.url(), {"SET", "a", "b"}).text, has_text("OOM"));
  CHECK(run(at(redis.url())).verdict == Verdict::pass);
  CHECK(run(key_at(redis.url())).value == "there");
}

TEST_CASE_METHOD(RedisProbeTest, "a key has to be there and not empty, and is never consumed",
                 "[redis_probe]") {
  RealRedis redis;
  const RedisProbe config = key_at(redis.url());
  CHECK(run(config).reason == "key \"listenerAddr\" is not there");
  say(redis.url(), {"SET", "listenerAddr", ""});
  CHECK(run(config).reason == "key \"listenerAddr\" is empty");
  say(redis.url(), {"SET", "listenerAddr", "a value"});
  CHECK(run(config).value == "a value");
  say(redis.url(), {"DEL", "listenerAddr"});
  say(redis.url(), {"RPUSH", "listenerAddr", "first", "second"});
  for (int i = 0; i < 3; ++i) {
    const ProbeResult result = run(config);
    CHECK(result.verdict == Verdict::pass);
    CHECK(result.value == "first");
  }
  CHECK(say(redis.url(), {"LLEN", "listenerAddr"}).integer == 2);
  say(redis.url(), {"DEL", "listenerAddr"});
  say(redis.url(), {"SADD", "listenerAddr", "member"});
  CHECK(run(config).verdict == Verdict::pass);
  say(redis.url(), {"SET", "big", std::string(3 << 20, 'x')});
  CHECK(run(key_at(redis.url(), "big")).value.size() == 65536);
}

TEST_CASE_METHOD(RedisProbeTest, "a list that is emptied between two questions was there", "[redis_probe]") {
  FakeRedis server(loop);
  server.on_command = [](FakeRedis::Client& client, const RedisCommand& command) {
    client.say(command[0] == "PING" ? "+PONG\r\n" : command[0] == "TYPE" ? "+list\r\n" : "*0\r\n");
  };
  const ProbeResult result = run(key_at(server.url));
  CHECK(result.verdict == Verdict::pass);
  CHECK(result.value == "");
  CHECK_THAT(result.reason, has_text("taken away"));
}

TEST_CASE_METHOD(RedisProbeTest, "the value of a key has to match", "[redis_probe]") {
  RealRedis redis;
  RedisProbe config = key_at(redis.url());
  const auto [value, pattern, verdict] = GENERATE(table<std::string, std::string, Verdict>({
      {"/ip4/172.18.0.3/tcp/4001", "multiaddr", Verdict::pass},
      {"/ip4/0.0.0.0/tcp/4001", "multiaddr", Verdict::not_yet},
      {"/ip4/172.18.0.3/tcp/0", "multiaddr", Verdict::not_yet},
      {"state: ready", "re[a]dy$", Verdict::pass},
      {"ready soon", "re[a]dy$", Verdict::not_yet},
  }));
  config.multiaddr = pattern == "multiaddr";
  if (!config.multiaddr) config.pattern = pattern;
  const bool list = GENERATE(false, true);
  say(redis.url(), {list ? "RPUSH" : "SET", "listenerAddr", value});
  const ProbeResult result = run(config);
  CHECK(result.verdict == verdict);
  CHECK(result.value == (verdict == Verdict::pass ? value : ""));
  say(redis.url(), {"DEL", "listenerAddr"});
  say(redis.url(), {"HSET", "listenerAddr", "field", value});
  CHECK(run(config).reason == "key \"listenerAddr\" is a hash, not a string or a list");
}

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

TEST_CASE_METHOD(RedisProbeTest,
                 "a key is asked for at once when it is written, not at the next poll",
                 "[redis_probe]") {
  RealRedis redis({"--notify-keyspace-events", "KA"});
  const ProbeConfig config = key_at(redis.url() + "?db=2");
  // The first pause is an hour: only an event can bring the second answer.
  int results = 0;
  Poller poller(loop, make_probe(config, context), 60s, Millis{1h}, [&] { ++results; });
  poller.start();
  REQUIRE(loop_until(loop, [&] { return results >= 2; }));  // the second, because it is watched
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
  int results = 0;
  Poller poller(loop, make_probe(config, context), 60s, Millis{1h}, [&] { ++results; }, true);
  poller.start();
  REQUIRE(loop_until(loop, [&] { return results >= 2; }));
  say(redis.url(), {"RPUSH", "listenerAddr", "first"});
  REQUIRE(loop_until(loop, [&] { return popped && results >= 3; }));
  CHECK(!poller.passed());
  CHECK_THAT(poller.last().reason, has_text("taken away"));
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

TEST_CASE_METHOD(RedisProbeTest, "runs leave no connection behind, ended or cancelled",
                 "[redis_probe]") {
  FakeRedis server(loop);
  server.on_command = [](FakeRedis::Client& client, const RedisCommand&) {
    client.say("+PONG\r\n");
  };
  run(at(server.url));
  const auto before = open_descriptors();
  for (int i = 0; i < 200; ++i) run(at(server.url));
  server.on_command = nullptr;
  const ProbeConfig config = at(server.url);
  for (int i = 0; i < 200; ++i) {
    const auto probe = make_probe(config, context);
    probe->start(60s, [](ProbeResult) { FAIL("it was cancelled"); });
    for (int turns = i % 5; turns > 0; --turns) uv_run(&loop.uv(), UV_RUN_NOWAIT);
  }
  REQUIRE(loop_until(loop, [&] { return open_descriptors() == before; }));
}
