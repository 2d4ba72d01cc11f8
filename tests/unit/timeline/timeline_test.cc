#include "init/timeline/timeline.h"

#include "tests/catch.h"
#include "tests/unit/timeline/lives.h"

using namespace usher;
using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST_CASE("lives stand in the order of their starts, on one axis", "[timeline]") {
  const Timeline timeline = lay_out(suite());
  REQUIRE(timeline.rows.size() == 3);
  CHECK(timeline.rows[0].label == "redis");
  CHECK(timeline.rows[1].label == "py-test-harness");
  CHECK(timeline.rows[2].label == "js-echo-server");
  CHECK(utc_text(timeline.begin) == "2026-11-24T08:51:56.000Z");
  CHECK(timeline.length == milliseconds(8'000));
  CHECK(timeline.rows[2].begin == milliseconds(20));
  CHECK(timeline.share(timeline.rows[0], milliseconds(4'000)) == 0.5);
  CHECK(timeline.share(timeline.rows[2], milliseconds(3'980)) == 0.5);
  CHECK(timeline.share(timeline.rows[2], milliseconds(9'000)) == 1);
}

TEST_CASE("two services of one name are told apart by their instance", "[timeline]") {
  LifeRecord other = life_of("worker", 5, {});
  other.instance = "b";
  const Timeline timeline = lay_out({life_of("worker", 0, {}), other, life_of("", 9, {})});
  CHECK(timeline.rows[0].label == "worker@host");
  CHECK(timeline.rows[1].label == "worker@b");
  CHECK(timeline.rows[2].label == "?");
}

TEST_CASE("a life of no length has its place at the start", "[timeline]") {
  const Timeline timeline = lay_out({life_of("a", 0, {})});
  CHECK(timeline.share(timeline.rows[0], milliseconds(3)) == 0);
  CHECK(axis_marks(timeline.length, 10) == std::vector{microseconds{0}});
}

TEST_CASE("marks are round, within the axis, and not too many", "[timeline]") {
  const auto length =
      GENERATE(std::int64_t{1}, 99, 1'000, 3'333, 250'000, 999'999, 4'200'000, 61'000'000,
               3'600'000'000, 90'000'000'000, 3'000'000'000'000, 1'000'000'000'000'000);
  const auto most = GENERATE(std::size_t{2}, 3, 5, 9, 20);
  const auto marks = axis_marks(microseconds{length}, most);
  CHECK(marks.size() <= most);
  CHECK(marks.front() == microseconds{0});
  CHECK(marks.back() <= microseconds{length});
}

TEST_CASE("marks are at the places where people expect them", "[timeline]") {
  const auto texts = [](std::int64_t length_us, std::size_t most) {
    std::string all;
    for (const auto mark : axis_marks(microseconds{length_us}, most)) all += mark_text(mark) + '|';
    return all;
  };
  CHECK(texts(4'200'000, 4) == "0|2 s|4 s|");
  CHECK(texts(4'200'000, 8) == "0|1 s|2 s|3 s|4 s|");
  CHECK(texts(1'300'000, 8) == "0|200 ms|400 ms|600 ms|800 ms|1 s|1.2 s|");
  CHECK(texts(2'000, 5) == "0|0.5 ms|1 ms|1.5 ms|2 ms|");
  CHECK(texts(70'000'000, 6) == "0|15 s|30 s|45 s|1 min|");
  CHECK(texts(5'400'000'000, 4) == "0|30 min|1 h|1 h 30 min|");
  CHECK(texts(300'000'000'000, 5) == "0|1 d|2 d|3 d|");
}

TEST_CASE("times are as exact as people want them", "[timeline]") {
  const auto [us, text] = GENERATE(Catch::Generators::table<std::int64_t, const char*>({
      {0, "0 ms"},
      {20, "0.1 ms"},
      {340, "0.3 ms"},
      {3'440, "3.4 ms"},
      {9'949, "9.9 ms"},
      {9'951, "10 ms"},
      {340'000, "340 ms"},
      {999'499, "999 ms"},
      {999'500, "1.0 s"},
      {1'240'000, "1.2 s"},
      {59'940'000, "59.9 s"},
      {59'960'000, "1 min"},
      {125'000'000, "2 min 5 s"},
      {3'600'000'000, "1 h"},
      {11'100'000'000, "3 h 5 min"},
      {86'400'000'000, "1 d"},
      {180'000'000'000, "2 d 2 h"},
  }));
  CHECK(human(microseconds{us}) == text);
}
