#include "init/base/duration.h"
#include "tests/open_descriptors.h"
#include "tests/unit/probes/redis_probe_fixture.h"

using namespace usher;

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
       "the server needs a password, and none is given"},
      {"-NOPERM this user has no permissions\r\n", Verdict::misconfigured,
       "the user has no permission for this"},
      {"-NOPERM this user has no permissions to run the 'info' command or its subcommand\r\n",
       Verdict::misconfigured, "the user has no permission for this: it may not run INFO"},
      {"-NOPERM No permissions to access a key\r\n", Verdict::misconfigured,
       "the user has no permission for this: it may not see the key"},
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
  RedisProbe apart = at(redis.url());
  apart.password = "pass word";
  CHECK(run(apart).verdict == Verdict::pass);
  apart.password = "pass%20word";
  CHECK(run(apart).verdict == Verdict::misconfigured);
  apart.user = "app";
  apart.password = "secret";
  CHECK(run(apart).verdict == Verdict::pass);
}

TEST_CASE_METHOD(RedisProbeTest,
                 "what only a person can mend is misconfigured, and no secret is told",
                 "[redis_probe]") {
  RealRedis redis({"--requirepass", "right"});
  const auto [credentials, query, reason] = GENERATE(table<std::string, std::string, std::string>({
      {"", "", "the server needs a password, and none is given"},
      {":hunter2@", "", "the server does not accept the user or the password"},
      {"nobody:hunter2@", "", "the server does not accept the user or the password"},
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
  std::string silent;
  Millis time = 5ms;
  do {
    REQUIRE((time *= 4) < 5min);
    silent = run(at(server.url), time).reason;
  } while (silent.starts_with("cannot connect to "));  // in time
  CHECK(silent == "no answer within " + format_duration(time));
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
      {"READY", "re[a]dy$", Verdict::not_yet},
      {"READY", "(ready)$", Verdict::pass},
  }));
  config.ignore_case = pattern.starts_with('(');
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
