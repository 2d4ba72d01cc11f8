#include "init/timeline/facts.h"

#include "tests/catch.h"
#include "tests/unit/timeline/lives.h"

using namespace usher;

namespace {

std::string facts(const LifeRecord& life) {
  std::string all;
  for (const Fact& fact : facts_of(life)) all += fact.name + ": " + fact.value + '\n';
  return all;
}

}  // namespace

TEST_CASE("an outcome says why a life ended", "[timeline]") {
  LifeRecord life = life_of("a", 0, {});
  life.signal = "SIGSEGV";
  CHECK(outcome(life) == "by itself");
  life.reason = "signaled";
  CHECK(outcome(life) == "SIGSEGV");
  life.reason = "ended_before_ready";
  CHECK(outcome(life) == "ended before ready");
  life.reason = "stopped";
  CHECK(outcome(life) == "stopped");
  life.stopped_by = "SIGTERM";
  CHECK(outcome(life) == "stopped by SIGTERM");
  life.oom_killed = true;
  CHECK(outcome(life) == "stopped by SIGTERM");
  CHECK(facts(life) == "memory: some process was killed for want of it\n");
  life.reason = "signaled";
  life.signal = "SIGKILL";
  CHECK(outcome(life) == "out of memory");
  CHECK(facts(life) == "");
}

TEST_CASE("what is worth a line gets one", "[timeline]") {
  CHECK(facts(life_of("a", 0, {})) == "");
  CHECK(facts(suite()[0]) == "used: 48.0 MiB at most, 530 ms of CPU\n");
  CHECK(facts(suite()[1]) ==
        "waited for: redis 139 ms\nattempts: 2 starts: exit 1, SIGKILL\nvalue: "
        "/ip4/10.0.0.7/tcp/4001\n");
  CHECK(facts(suite()[2]) == "checks: ping 3 of 3 passed\n");
  LifeRecord life = life_of("a", 0, {});
  life.dependencies = {{"key", "", false, std::chrono::seconds(5), "refused"}};
  life.attempts = 3;
  life.restarts = 1;
  life.alerts = {{"memory", 1}, {"unhealthy", 3}};
  life.peak_memory_bytes = 1 << 20;
  life.most_processes = 12;
  life.detail = "dependency key was not there";
  life.trace = "0af7651916cd43dd8448eb211c80319c";
  CHECK(facts(life) ==
        "failed: dependency key was not there\n"
        "waited for: key in vain for 5.0 s (refused)\nattempts: 3 starts (1 restart)\n"
        "alerts: memory, unhealthy (3 times)\nused: 1.0 MiB at most, 12 processes\n"
        "trace: 0af7651916cd43dd8448eb211c80319c\n");
}

TEST_CASE("the times of a phase are summed up", "[timeline]") {
  using enum Phase;
  LifeRecord life = life_of(
      "a", 0,
      {span_of(starting, 0, 300), span_of(starting, 300, 400), span_of(ready, 400, 900),
       span_of(unhealthy, 900, 950), span_of(ready, 950, 1'000), span_of(unhealthy, 1'000, 1'010)});
  CHECK(phase_sums(life) == "starting 400 ms, ready 550 ms, unhealthy 60 ms (2 times)");
  life.left_out = 1;
  life.in_order = false;
  CHECK_THAT(phase_sums(life),
             has_text(", 1 change left out, in an order that the report does not tell"));
}
