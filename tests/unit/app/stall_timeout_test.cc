#include "init/app/reader_patience.h"

#include "tests/catch.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

// Looks that come so far apart; when it was over.
std::chrono::microseconds over_at(ReaderPatience& patience, std::chrono::microseconds apart) {
  std::chrono::microseconds now = 0s;
  patience.begin(7, now);
  while (!patience.over(7, now += apart)) {
  }
  return now;
}

}  // namespace

TEST_CASE("a reader that has stopped is waited for by the clock, not by the looks",
          "[reader_patience]") {
  ReaderPatience patience;
  CHECK(over_at(patience, 10ms) == 5s);
  CHECK(over_at(patience, 17ms) < 5s + 17ms);
  CHECK(over_at(patience, 40ms) < 5s + 40ms);
}

TEST_CASE("a reader that goes on, however slowly, is waited for", "[reader_patience]") {
  ReaderPatience patience;
  std::chrono::microseconds now = 0s;
  patience.begin(0, now);
  for (std::uint64_t moved = 1; moved < 100; ++moved) {
    for (int look = 0; look < 400; ++look) CHECK_FALSE(patience.over(moved, now += 10ms));
  }
}

TEST_CASE("a container that was frozen gets its looks all the same", "[reader_patience]") {
  ReaderPatience patience;
  patience.begin(7, 0s);
  for (unsigned look = 0; look < ReaderPatience::kLooks; ++look)
    CHECK_FALSE(patience.over(7, 1h + look * 10ms));
  CHECK(patience.over(7, 1h + 1s));
}
