#include <chrono>

#include "init/loop/loop.h"
#include "tests/catch.h"

using namespace usher;

TEST_CASE("a timer is never early, wherever in a millisecond it begins", "[timer]") {
  using Clock = std::chrono::steady_clock;
  for (int i = 0; i < 40; ++i) {
    Loop loop;
    Timer timer(loop);
    const std::chrono::milliseconds after(1 + i % 3);
    const auto begun = Clock::now();
    while (Clock::now() - begun < std::chrono::microseconds(i * 25)) {
    }
    const auto started = Clock::now();
    timer.start(after, [&] { loop.stop(); });
    loop.run();
    CHECK(Clock::now() - started >= after);
  }
}

TEST_CASE("a timer of nothing expires in the next turn", "[timer]") {
  Loop loop;
  Timer timer(loop);
  timer.start(std::chrono::milliseconds{0}, [&] { loop.stop(); });
  loop.run();
}
