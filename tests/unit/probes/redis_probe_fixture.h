// Redis probes on a loop of their own.
#pragma once

#include "probes/make_probe.h"
#include "probes/redis_probe.h"
#include "tests/catch.h"
#include "tests/fake/real_redis.h"
#include "tests/fake/redis_server.h"
#include "tests/unit/coordinate/redis_fixture.h"

namespace usher {

using namespace std::chrono_literals;
using Verdict = ProbeResult::Verdict;

struct NoLauncher final : Launcher {
  SpawnResult launch(const Argv&, int, std::string&, std::function<void(const Ended&)>) override {
    return {};
  }
  SpawnResult launch_own(const Argv&, int, std::string&) override { return {}; }
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
  void until_watched(const RealRedis& redis, const std::string& database) {
    const RedisCommand watchers = {"PUBSUB", "NUMSUB", "__keyspace@" + database + "__:listenerAddr"};
    while (say(redis.url(), watchers).elements.at(1).integer == 0) continue;
  }
  // Of a server that answers every command with the same bytes.
  ProbeResult run_against(const std::string& bytes, RedisProbe config = {}) {
    FakeRedis server(loop);
    server.on_command = [&](FakeRedis::Client& client, const RedisCommand&) { client.say(bytes); };
    config.url = server.url;
    return run(config);
  }
};

inline RedisProbe at(const std::string& url) {
  RedisProbe probe;
  probe.url = url;
  return probe;
}

inline RedisProbe key_at(const std::string& url, const std::string& key = "listenerAddr") {
  RedisProbe probe = at(url);
  probe.key = key;
  return probe;
}

}  // namespace usher
