#include "init/base/utc.h"

#include "tests/catch.h"

using namespace std::chrono;

TEST_CASE("a time stamp is RFC 3339 in UTC with milliseconds", "[utc]") {
  const auto at = [](std::int64_t ms) { return usher::utc_text(system_clock::time_point(milliseconds(ms))); };
  CHECK(at(0) == "1970-01-01T00:00:00.000Z");
  CHECK(at(951'827'696'789) == "2000-02-29T12:34:56.789Z");
  CHECK(at(1'795'508'716'902) == "2026-11-24T08:25:16.902Z");
  CHECK(at(-1) == "1969-12-31T23:59:59.999Z");
  CHECK(at(4'102'444'799'999) == "2099-12-31T23:59:59.999Z");
}

TEST_CASE("a time stamp is read back", "[utc]") {
  const auto ms = GENERATE(std::int64_t{0}, 951'827'696'789, 1'795'508'716'902, -1, 4'102'444'799'999);
  const auto time = usher::parse_utc(usher::utc_text(system_clock::time_point(milliseconds(ms))));
  REQUIRE(time);
  CHECK(time->time_since_epoch().count() == ms);
}

TEST_CASE("what is no time stamp is none", "[utc]") {
  const auto text = GENERATE("", "2026-11-24", "2026-11-24T08:25:16Z", "2026-11-24 08:25:16.902Z",
                             "2026-02-30T08:25:16.902Z", "2026-11-24T24:00:00.000Z",
                             "2026-11-24T08:25:16.9x2Z", "2026-11-24T08:25:16.902+0", "2026-13-01T00:00:00.000Z", "0026-11-24T08:25:16.902Z",
                             "2262-11-24T08:25:16.902Z");
  CHECK_FALSE(usher::parse_utc(text));
}
