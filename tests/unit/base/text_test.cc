#include "init/base/text.h"

#include <array>
#include <cstdlib>

#include "init/base/redact.h"
#include "init/base/resource.h"
#include "tests/catch.h"

using namespace usher;

TEST_CASE("sizes have binary and decimal units", "[text]") {
  const auto [text, expected] = GENERATE(table<const char*, std::uint64_t>({
      {"0", 0},
      {"4096", 4096},
      {"1B", 1},
      {"1KiB", 1024},
      {"1k", 1024},
      {"512m", 536'870'912},
      {"512M", 536'870'912},
      {"512Mi", 536'870'912},
      {"2g", 2'147'483'648},
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
  const auto* const text = GENERATE("", "MiB", "-1", "1.5MiB", "1 MiB", "512mm", "512im", "1XiB", "1iB", "1MiBs",
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
      {"redis://me:se/cret@host", "redis://***"},
      {"a redis://u:p1@h and http://u:p2@h/", "a redis://u:***@h and http://u:***@h/"},
      {"http://host:80/a@b", "http://***"},  // could be a password: better safe
      {"http://token@host", "http://***@host"},
      {"http://host:80/", "http://host:80/"},
      {"http://host/a:b@c", "http://***"},
      {"://", "://"},
      {"redis://:Zk9@tLq/7vRw@127.0.0.1:1 and", "redis://***"},
      {"redis://usr:Zk9@tLq?7vRw@127.0.0.1:1/0", "redis://***"},
      {"http://usr:Zk9@tLq#7vRw@127.0.0.1:1/", "http://***"},
      {"amqp://usr:Zk9/tLq@7vRw@127.0.0.1:1", "amqp://***"},
      {"amqp://usr:5672/tLq@h", "amqp://***"},
      {"amqp://usr:Zk9/tLq", "amqp://***"},
      {"redis://:Zk9tLq", "redis://***"},
      {"redis://usr:12\"b@host", "redis://***"},
      {"redis://usr:1 2@host", "redis://usr:1 2@host"},  // a port, and another word
      {"postgres://u:p@h/7vRw", "postgres://***"},
      {"http://h/x?token=t&key=k", "http://h/x?***"},
      {"http://h/x#t", "http://h/x#***"},
      {"http://h?t", "http://h?***"},
      {"http://h/services/T0001/B0001/Zk9tLq7vRw0123456789 x", "http://h/services/T0001/B0001/*** x"},
      {"http://h/bot123:Zk9tLq/send", "http://h/***/send"},
      {"http://unix:/run/web.sock:/path", "http://unix:/run/web.sock:/path"},
      {"unix:///run/redis.sock?db=5", "unix:///run/redis.sock?***"},
      {"[\"redis://[::1]:6379/0\"]", "[\"redis://[::1]:6379/0\"]"},
      {"usr:Zk9@host", "***"},
      {"tcp/127.0.0.1:5 a@b c:d", "tcp/127.0.0.1:5 a@b c:d"},
  }));
  CHECK(hide_passwords(text) == shown);
}

TEST_CASE("no part of a password is quoted", "[text]") {
  CHECK(in_quotes("redis://:" + std::string(100, 'x') + "@host") == "\"redis://:***@host\"");
}

TEST_CASE("of what is no URL only the scheme is shown", "[text]") {
  CHECK(scheme_only("redis://a:b@c") == "redis://***");
  CHECK(scheme_only("redis:b@c") == "redis:***");
  CHECK(scheme_only("token@host:1") == "***");
  CHECK(scheme_only("token") == "***");
  CHECK(scheme_only(":x") == "***");
}

TEST_CASE("values of variables are shown where they are harmless", "[text]") {
  for (const auto& [name, value] : {std::pair("PORT", "8080"), std::pair("FEATURE", "true"), std::pair("LANG", "C.UTF-8"),
                                    std::pair("WORKERS", "12"), std::pair("NODE_ENV", "production")})
    CHECK(is_harmless(name, value));
  for (const auto& [name, value] :
       {std::pair("JWT", "SEKRET4"), std::pair("PGPASS", "1"), std::pair("CONNECTION", "Server=x;Password=y;"),
        std::pair("PIN", "123456"), std::pair("HOST", "redis://:x@y"), std::pair("X", "word")})
    CHECK_FALSE(is_harmless(name, value));
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
