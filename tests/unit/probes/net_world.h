// What a probe over the network needs: a loop, and a resolver that knows the names of a file.
#pragma once

#include <optional>
#include <string>

#include "init/base/duration.h"
#include "init/net/resolver.h"
#include "probes/context.h"
#include "probes/make_probe.h"
#include "tests/catch.h"
#include "tests/fake/tcp_server.h"
#include "tests/loop_until.h"
#include "tests/probe_settings.h"
#include "tests/scratch.h"

namespace usher {

class NetWorld {
 public:
  ProbeResult ask(Probe& probe, Millis timeout = Millis{60'000}) {
    std::optional<ProbeResult> answer;
    probe.start(timeout, [&](ProbeResult result) {
      CHECK_FALSE(answer);
      answer = std::move(result);
    });
    CHECK_FALSE(answer);
    REQUIRE(loop_until(loop, [&] { return answer.has_value(); }));
    const bool passed = answer->verdict == ProbeResult::Verdict::pass;
    CHECK(passed == answer->reason.empty());
    return *answer;
  }
  ProbeResult ask(const ProbeConfig& config, Millis timeout = Millis{60'000}) {
    return ask(*make_probe(config, context), timeout);
  }
  // That it ends with the reason and its time. A time that is over before it is connected is not
  // what is tried: then it gets more.
  void check_silence(const ProbeConfig& config, const std::string& reason) {
    ProbeResult result;
    Millis time{25};
    do {
      REQUIRE((time *= 4) < std::chrono::minutes{5});
      result = ask(config, time);
      CHECK(result.verdict == ProbeResult::Verdict::not_yet);
      CHECK(result.latency >= time - Millis{1});  // the loop counts in whole milliseconds
    } while (result.reason.starts_with("cannot connect to "));
    CHECK(result.reason == reason + format_duration(time));
  }

  Loop loop;
  Scratch scratch;
  FakeTcpServer server{loop};
  Resolver resolver{
      loop, {scratch.write("hosts", "127.0.0.1 server other\n"), "/dev/null", "127.0.0.1:1"}};

 private:
  struct NoLauncher final : Launcher {
    SpawnResult launch(const Argv&, int, std::string&, std::function<void(const Ended&)>) override {
      FAIL("a probe over the network starts no process");
      return {};
    }
    SpawnResult launch_own(const Argv&, int, std::string&) override { return {}; }
    pid_t fork_off(int, const std::function<void(int)>&, std::function<void(const Ended&)>) override {
      return -1;
    }
    bool runs(pid_t) const override { return false; }
    void abandon(pid_t) override {}
  };
  NoLauncher launcher_;

 public:
  ProbeContext context{loop, resolver, launcher_, nullptr};
};

using Verdict = ProbeResult::Verdict;

}  // namespace usher
