#include "init/base/duration.h"

#include "tests/catch.h"

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using usher::format_duration;
using usher::parse_duration;

TEST_CASE("durations are read as people write them", "[duration]") {
  const auto [text, expected] = GENERATE(table<const char*, milliseconds>({
      {"0", 0ms},          {"0s", 0ms},         {"30", 30s},        {"30s", 30s},
      {"250ms", 250ms},    {"5m", 5min},        {"2h", 2h},         {"1d", 24h},
      {"1.5h", 90min},     {"0.25s", 250ms},    {"1m30s", 90s},     {"1h0.5m", 3630s},
      {"2s500ms", 2500ms}, {"1.500s", 1500ms},  {"007s", 7s},       {"365d", 8760h},
      {"31536000", 8760h}, {"0.001s", 1ms},     {"1d1h1m1s1ms", 90061001ms},
  }));
  CAPTURE(text);
  CHECK(parse_duration(text) == expected);
}

TEST_CASE("what is no duration is refused", "[duration]") {
  const auto* const text = GENERATE(
      "", " ", "s", "-1", "-1s", "+1s", "1.5", "1 s", " 1s", "1s ", "1S", "1M", "1.s", ".5s", "1..5s",
      "1s1m", "1s1s", "1m30", "0.0001s", "0.5ms", "366d", "31536001", "1h1d", "5x", "1e3s", "0x10s",
      "99999999999999999999s", "9223372036854775807", "1.0000000000s", "1y", "1us", "\xC2\xB5s");
  CAPTURE(text);
  CHECK_FALSE(parse_duration(text));
}

TEST_CASE("a NUL does not end a duration early", "[duration]") {
  CHECK_FALSE(parse_duration(std::string_view("5s\0", 3)));
  CHECK_FALSE(parse_duration(std::string_view("5\0s", 3)));
}

TEST_CASE("durations are written short", "[duration]") {
  const auto [value, expected] = GENERATE(table<milliseconds, const char*>({
      {0ms, "0s"},     {1ms, "1ms"},    {250ms, "250ms"},   {1s, "1s"},     {1500ms, "1.5s"},
      {90s, "90s"},    {5min, "5m"},    {300s, "5m"},       {1h, "1h"},     {90min, "90m"},
      {24h, "24h"},    {61'001ms, "61.001s"},               {2'050ms, "2.05s"},
      {-3s, "-3s"},
  }));
  CHECK(format_duration(value) == expected);
}

TEST_CASE("what is written is read back", "[duration]") {
  milliseconds value = 0ms;
  for (milliseconds step = 1ms; value <= 8760h; value += step, step = step * 5 / 4 + 1ms) {
    CAPTURE(value.count());
    CHECK(parse_duration(format_duration(value)) == value);
  }
}

TEST_CASE("a share of a duration is one, rounded down", "[duration]") {
  CHECK(parse_duration("70% of 180") == 126s);
  CHECK(parse_duration("90% of 3m") == 162s);
  CHECK(parse_duration("100% of 1s") == 1s);
  CHECK(parse_duration("33% of 10ms") == 3ms);
  for (const char* text : {"% of 3s", "0% of 3s", "101% of 3s", "70% of", "70% of ", "70%of 3s", "-1% of 3s",
                           "7 0% of 3s", "70% of 50% of 3s", "70.5% of 3s"})
    CHECK(parse_duration(text) == std::nullopt);
}
