#include "init/base/text.h"

#include <array>
#include <cstdlib>

#include "init/base/resource.h"
#include "tests/catch.h"

using namespace usher;

TEST_CASE("sizes have binary and decimal units", "[text]") {
  const auto [text, expected] = GENERATE(table<const char*, std::uint64_t>({
      {"0", 0},
      {"4096", 4096},
      {"1B", 1},
      {"1KiB", 1024},
      {"512MiB", 536'870'912},
      {"1kB", 1000},
      {"2GB", 2'000'000'000},
      {"1TiB", 1'099'511'627'776},
      {"18446744073709551615", UINT64_MAX},
  }));
  CAPTURE(text);
  CHECK(parse_size(text) == expected);
}

TEST_CASE("what is no size is refused", "[text]") {
  const auto* const text = GENERATE("", "MiB", "-1", "1.5MiB", "1 MiB", "512m", "1XiB", "1iB", "1MiBs",
                                    "18446744073709551616", "99999999999TiB");
  CAPTURE(text);
  CHECK_FALSE(parse_size(text));
}

TEST_CASE("the nearest name is one the writer may have meant", "[text]") {
  constexpr std::array<std::string_view, 4> kNames{"timeout", "signals", "sequence", "max"};
  CHECK(nearest("timeuot", kNames) == "timeout");
  CHECK(nearest("Timeout", kNames) == "timeout");
  CHECK(nearest("signal", kNames) == "signals");
  CHECK(nearest("sequnce", kNames) == "sequence");
  CHECK(nearest("mx", kNames) == "max");
  CHECK(nearest("colour", kNames).empty());
  CHECK(nearest("", kNames).empty());
  CHECK(nearest(std::string(100, 't'), kNames).empty());
}

TEST_CASE("text in a message is quoted, escaped and cut between characters", "[text]") {
  CHECK(in_quotes("a\"b\n") == R"("a\"b\n")");
  CHECK(in_quotes(std::string(60, 'x')) == '"' + std::string(60, 'x') + '"');
  CHECK(in_quotes(std::string(61, 'x')) == '"' + std::string(60, 'x') + "\"...");
  CHECK(in_quotes(std::string(59, 'x') + "\xC3\xBC") == '"' + std::string(59, 'x') + "\"...");
}

TEST_CASE("words are trimmed and compared without locale", "[text]") {
  CHECK(trim(" \ta b\r\n") == "a b");
  CHECK(trim(" \n").empty());
  CHECK(to_lower("DEBUG") == "debug");
  CHECK(to_upper("shut_down") == "SHUT_DOWN");
  CHECK(parse_boolean("YES") == true);
  CHECK(parse_boolean("off") == false);
  CHECK_FALSE(parse_boolean("app:*"));
  CHECK(parse_integer("-3") == -3);
  CHECK_FALSE(parse_integer("3 "));
  CHECK(parse_number("0.25") == 0.25);
  CHECK_FALSE(parse_number("inf"));
  CHECK_FALSE(parse_number("nan"));
}

TEST_CASE("every resource of the system has its name", "[text]") {
  CHECK(resources().size() == 16);
  for (const Resource& resource : resources()) CHECK(resource.name == to_lower(resource.name));
}

TEST_CASE("passwords of URLs are not shown", "[text]") {
  const auto [text, shown] = GENERATE(table<std::string, std::string>({
      {"redis://:secret@host", "redis://:***@host"},
      {"redis://me:se@cret@host:1/2", "redis://me:***@host:1/2"},
      {"redis://me:se/cret@host", "redis://me:***@host"},
      {"a redis://u:p1@h and http://u:p2@h/", "a redis://u:***@h and http://u:***@h/"},
      {"http://host:80/a@b", "http://host:***@b"},  // could be a password: better safe
      {"http://me@host", "http://me@host"},
      {"http://host:80/", "http://host:80/"},
      {"http://host/a:b@c", "http://host/a:b@c"},
      {"://", "://"},
  }));
  CHECK(hide_passwords(text) == shown);
}

TEST_CASE("no part of a password is quoted", "[text]") {
  CHECK(in_quotes("redis://:" + std::string(100, 'x') + "@host") == "\"redis://:***@host\"");
}
TEST_CASE("a number is written in as few digits as read back the same", "[text]") {
  CHECK(format_number(0) == "0");
  CHECK(format_number(0.2) == "0.2");
  CHECK(format_number(100000) == "100000");
  CHECK(format_number(1700000000.5) == "1700000000.5");
  CHECK(format_number(-2.5) == "-2.5");
  for (const double number : {1.0 / 3, 0.1 + 0.2, 5e-324, 1.7976931348623157e308})
    CHECK(std::strtod(format_number(number).c_str(), nullptr) == number);
}
