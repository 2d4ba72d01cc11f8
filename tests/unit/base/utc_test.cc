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
