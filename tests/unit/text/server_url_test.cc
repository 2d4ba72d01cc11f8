#include "init/text/server_url.h"

#include "tests/catch.h"

using namespace usher;

TEST_CASE("the URL of a server says where, as whom and what", "[server_url]") {
  const auto [text, host, port, user, path] =
      GENERATE(table<std::string, std::string, std::uint16_t, std::string, std::string>({
          {"db", "db", 5432, "", ""},
          {"db:1", "db", 1, "", ""},
          {"[::1]:7/app", "::1", 7, "", "app"},
          {"[::1]", "::1", 5432, "", ""},
          {"me@db/app", "db", 5432, "me", "app"},
          {"me:p@ss@db/a/b?sslmode=disable#x", "db", 5432, "me", "a/b"},
          {"m%40e:%2F@db:9/%61pp?x=/", "db", 9, "m@e", "app"},
          {":secret@db?a=b", "db", 5432, "", ""},
      }));
  CAPTURE(text);
  const ServerUrl url = parse_server_url(text, 5432);
  CHECK(url.problem.empty());
  CHECK(url.where == HostPort{host, port});
  CHECK(url.user == user);
  CHECK(url.path == path);
}

TEST_CASE("the query of a server's URL is kept as it is", "[server_url]") {
  CHECK(parse_server_url("db/app?a=%20&b=/#c?d", 1).query == "a=%20&b=/");
  CHECK(parse_server_url("db?a", 1).query == "a");
  CHECK(parse_server_url("db/app#c?d", 1).query.empty());
}

TEST_CASE("what is no URL of a server says why, without its secrets", "[server_url]") {
  const std::string text = GENERATE("", "me:secret@", "me:secret@db:x", "db:0", "m%zz:secret@db",
                                    "db/%00", "[::1", "a b:secret@", "me:1/secret@db",
                                    "me:1?secret@db", "me:se/cret@db");
  CAPTURE(text);
  const ServerUrl url = parse_server_url(text, 1);
  CHECK_FALSE(url.problem.empty());
  CHECK(url.problem.find("secret") == std::string::npos);
}
