#include "init/app/stall_timeout.h"

#include "tests/catch.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

// Looks that come so far apart; when it was over.
std::chrono::microseconds over_at(StallTimeout& stall, std::chrono::microseconds apart) {
  std::chrono::microseconds now = 0s;
  stall.begin(7, now);
  while (!stall.over(7, now += apart)) {
  }
  return now;
}

}  // namespace

TEST_CASE("a reader that has stopped is waited for by the clock, not by the looks",
          "[stall_timeout]") {
  StallTimeout stall;
  CHECK(over_at(stall, 10ms) == 5s);
  CHECK(over_at(stall, 17ms) < 5s + 17ms);
  CHECK(over_at(stall, 40ms) < 5s + 40ms);
}

TEST_CASE("a reader that goes on, however slowly, is waited for", "[stall_timeout]") {
  StallTimeout stall;
  std::chrono::microseconds now = 0s;
  stall.begin(0, now);
  for (std::uint64_t moved = 1; moved < 100; ++moved) {
    for (int look = 0; look < 400; ++look) CHECK_FALSE(stall.over(moved, now += 10ms));
  }
}

TEST_CASE("a container that was frozen gets its looks all the same", "[stall_timeout]") {
  StallTimeout stall;
  stall.begin(7, 0s);
  for (unsigned look = 0; look < StallTimeout::kLooks; ++look)
    CHECK_FALSE(stall.over(7, 1h + look * 10ms));
  CHECK(stall.over(7, 1h + 1s));
}
