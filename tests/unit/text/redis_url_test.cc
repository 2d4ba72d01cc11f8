#include "init/text/redis_url.h"

#include "tests/catch.h"

using namespace usher;

TEST_CASE("a Redis URL names a host, and by default port 6379 and database 0", "[redis_url]") {
  const auto [text, host, port, database, shown] =
      GENERATE(table<std::string, std::string, int, unsigned, std::string>({
          {"redis://redis", "redis", 6379, 0, "redis://redis:6379"},
          {"REDIS://redis/", "redis", 6379, 0, "redis://redis:6379"},
          {"redis://10.0.0.7:7000/3", "10.0.0.7", 7000, 3, "redis://10.0.0.7:7000/3"},
          {"redis://[fd00::1]:7000", "fd00::1", 7000, 0, "redis://[fd00::1]:7000"},
          {"redis://[::1]", "::1", 6379, 0, "redis://[::1]:6379"},
          {"redis://my_redis-1.org/0", "my_redis-1.org", 6379, 0, "redis://my_redis-1.org:6379"},
      }));
  CAPTURE(text);
  const auto [url, problem] = parse_redis_url(text);
  CHECK(problem == "");
  CHECK(url.host == host);
  CHECK(url.port == port);
  CHECK(url.database == database);
  CHECK(url.user + url.password + url.path == "");
  CHECK(url.display() == shown);
}

TEST_CASE("user and password are decoded and never shown", "[redis_url]") {
  const auto [text, user, password] = GENERATE(table<std::string, std::string, std::string>({
      {"redis://:secret@h", "", "secret"},
      {"redis://app:secret@h:1/2", "app", "secret"},
      {"redis://a%40b:p%2F%3a%25%23@h", "a@b", "p/:%#"},
      {"redis://app:se@cr:et@h", "app", "se@cr:et"},  // a stray @ or colon is no reason to refuse
      {"unix://app:secret@/run/redis.sock", "app", "secret"},
  }));
  CAPTURE(text);
  const auto [url, problem] = parse_redis_url(text);
  CHECK(problem == "");
  CHECK(url.user == user);
  CHECK(url.password == password);
  CHECK_THAT(url.display(), !has_text("secret") && !has_text("app") && !has_text("@"));
}

TEST_CASE("a Unix socket is named by its path", "[redis_url]") {
  const auto url = parse_redis_url("unix:///run/redis%20two.sock?db=5").url;
  CHECK(url.path == "/run/redis two.sock");
  CHECK(url.database == 5);
  CHECK(url.display() == "unix:///run/redis two.sock?db=5");
  CHECK(parse_redis_url("unix:///run/a@b.sock").url.path == "/run/a@b.sock");
}

TEST_CASE("what is wrong with a Redis URL is said without quoting it", "[redis_url]") {
  const auto [text, why] = GENERATE(table<std::string, std::string>({
      {"", "it begins with none of redis://, rediss:// and unix://"},
      {"redis:6379", "it begins with none of redis://, rediss:// and unix://"},
      {"http://h", "it begins with none of redis://, rediss:// and unix://"},
      {"redis://", "it names no host"},
      {"redis://:6379", "it names no host"},
      {"redis://h:0", "the port is not a number from 1 to 65535"},
      {"redis://h:65536", "the port is not a number from 1 to 65535"},
      {"redis://h:", "the port is not a number from 1 to 65535"},
      {"redis://h:-1", "the port is not a number from 1 to 65535"},
      {"redis://h:1x", "the port is not a number from 1 to 65535"},
      {"redis://[::1", "the bracket of the address is not closed"},
      {"redis://[::1]6379", "only a port may follow the address"},
      {"redis://h/x", "the database is not a number"},
      {"redis://h/1/2", "the database is not a number"},
      {"redis://h/99999999999999999999", "the database is not a number"},
      {"redis://h?db=1", "only /database may follow the host and the port"},
      {"redis://app@h", "a user needs a password"},
      {"redis://:p%4@h", "a percent sign needs two hexadecimal digits other than 00"},
      {"redis://:p%00@h", "a percent sign needs two hexadecimal digits other than 00"},
      {"unix://run/redis.sock", "the path of the socket is not absolute"},
      {"unix:///", "the path of the socket is not absolute"},
      {"unix:///s?database=1", "only ?db=NUMBER may follow the path"},
      {"unix:///s?db=", "the database is not a number"},
      {"unix:///" + std::string(107, 'a'), "the path of the socket has more than 107 bytes"},
  }));
  CAPTURE(text);
  CHECK(parse_redis_url(text).problem == why);
}

TEST_CASE("a password that breaks its URL does not get into the message", "[redis_url]") {
  for (const char* text :
       {"redis://:hunter2/x@h", "redis://hunter2 x", "redis://u:hunter2#@h", "redis://[hunter2",
        "redis://h:hunter2", "hunter2", "redis://h/hunter2"}) {
    const auto [url, problem] = parse_redis_url(text);
    CAPTURE(text);
    CHECK(problem != "");
    CHECK_THAT(problem, !has_text("hunter2"));
    CHECK(url == RedisUrl{});
  }
}

TEST_CASE("user and password beside the URL are taken as they are", "[redis_url]") {
  const RedisUrl server = redis_server("redis://h/3", "a:b", "a/b@c%41#d?e");
  CHECK(server == RedisUrl{"h", 6379, "", "a:b", "a/b@c%41#d?e", 3});
  CHECK(redis_server("redis://u:p@h", "", "") == RedisUrl{"h", 6379, "", "u", "p", 0});
}

TEST_CASE("user and password stand in one place, and a user has a password", "[redis_url]") {
  CHECK(problem_of_login("redis://h", "", "p") == "");
  CHECK(problem_of_login("redis://u:p@h", "", "") == "");
  CHECK(problem_of_login("redis://h", "u", "") == "a user needs a password");
  CHECK(problem_of_login("redis://:p@h", "u", "p") ==
        "user and password stand in the URL already; give them in one place");
}
