#include "init/net/retry_after.h"

#include "tests/catch.h"

using namespace usher;
using namespace std::chrono;
using namespace std::chrono_literals;

TEST_CASE("a pause is asked for in seconds, or until a date", "[retry_after]") {
  const system_clock::time_point now = sys_days(2026y / November / 24) + 23h + 59min + 30s + 500ms;
  const auto read = [&](std::string_view value) { return read_retry_after(value, now); };
  CHECK(read("0") == 0ms);
  CHECK(read("7") == 7s);
  CHECK(read("Wed, 25 Nov 2026 00:00:00 GMT") == 29'500ms);
  CHECK(read("Tue, 24 Nov 2026 23:59:30 GMT") == 0ms);
  CHECK(read("Sun, 06 Nov 1994 08:49:37 GMT") == 0ms);
}

TEST_CASE("nobody is left alone for ever", "[retry_after]") {
  const system_clock::time_point now = sys_days(2026y / November / 24);
  for (const char* value : {"301", "86400", "99999999999999999999", "Tue, 24 Nov 2026 01:00:00 GMT",
                            "Fri, 31 Dec 9999 23:59:59 GMT"})
    CHECK(read_retry_after(value, now) == kLongestRetryAfter);
}

TEST_CASE("what is no pause asks for none", "[retry_after]") {
  const system_clock::time_point now = sys_days(2026y / November / 24);
  for (const char* value : {"", "-1", "1.5", "5 s", "soon", "Wed, 31 Feb 2027 00:00:00 GMT",
                            "Wed, 25 nov 2026 00:00:00 GMT", "Wed, 25 Nov 2026 00:00:00 CET",
                            "Wed, 25 Nov 2026 24:00:00 GMT", "Wed, 25 anF 2026 00:00:00 GMT"})
    CHECK(read_retry_after(value, now) == 0ms);
}
