#include "init/app/resource_watch.h"

#include <csignal>
#include <chrono>

#include "tests/catch.h"
#include "tests/loop_until.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

struct Watched {
  Loop loop;
  int measured = 0;
  bool gives_up = false;
  int sampled = 0;

  ResourceWatch watch(ResourceWatch::Micros fresh) {
    return {loop,
            [this](GivesWay way) {
              ProcessUsage usage;
              usage.processes = static_cast<std::uint64_t>(++measured);
              usage.given_up = gives_up && way == GivesWay::to_signals;
              return usage;
            },
            [this] { ++sampled; }, fresh};
  }
};

}  // namespace

TEST_CASE("however many ask, the processes are looked at once in a while", "[resource_watch]") {
  Watched watched;
  ResourceWatch watch = watched.watch(1h);
  for (int i = 0; i < 5'000; ++i) CHECK(watch.look().processes == 1);
  CHECK(watched.measured == 1);
  CHECK(watch.peaks().looks == 1);
}

TEST_CASE("a look that gave way to a signal leaves the figures of the one before", "[resource_watch]") {
  Watched watched;
  watched.gives_up = true;
  ResourceWatch watch = watched.watch(0us);
  CHECK_FALSE(watch.look().complete);
  CHECK(watch.look().processes == 0);
  CHECK(watch.peaks().looks == 0);
  watched.gives_up = false;
  while (watch.look().processes == 0) {
  }
  CHECK(watch.look().complete);
}

TEST_CASE("the interval's own look never gives way", "[resource_watch]") {
  Watched watched;
  watched.gives_up = true;
  ResourceWatch watch = watched.watch(1h);
  watch.every(1ms);
  REQUIRE(loop_until(watched.loop, [&] { return watched.sampled > 1; }));
  CHECK(watch.last().processes > 1);
}
