#include "init/redis/redis_reply.h"

#include <random>

#include "tests/catch.h"

using namespace usher;
using namespace std::string_literals;

namespace {

using Type = RedisReply::Type;

RedisReply only_reply(std::string_view bytes) {
  RedisReader reader;
  reader.feed(bytes);
  auto reply = reader.next();
  REQUIRE(reply);
  CHECK(!reader.next());
  CHECK(reader.problem() == "");
  return std::move(*reply);
}

std::string problem_of(std::string_view bytes) {
  RedisReader reader;
  reader.feed(bytes);
  while (reader.next()) continue;
  return reader.problem();
}

}  // namespace

TEST_CASE("a command is an array of strings, whatever is in them", "[redis_reply]") {
  std::string out;
  append_command(out, {"SET", std::string("k\0\r\n", 4), ""});
  CHECK(out == "*3\r\n$3\r\nSET\r\n$4\r\nk\0\r\n\r\n$0\r\n\r\n"s);
}

TEST_CASE("each kind of reply is read", "[redis_reply]") {
  CHECK(only_reply("+PONG\r\n").is_status("PONG"));
  CHECK(only_reply("-LOADING soon\r\n").is_error());
  CHECK(only_reply("-LOADING soon\r\n").text == "LOADING soon");
  CHECK(only_reply(":-7\r\n").integer == -7);
  CHECK(only_reply("$5\r\na\r\nbc\r\n").text == "a\r\nbc");
  CHECK(only_reply("$5\r\na\r\nbc\r\n").type == Type::string);
  CHECK(only_reply("$-1\r\n").type == Type::nil);
  CHECK(only_reply("*-1\r\n").type == Type::nil);
  CHECK(only_reply("*0\r\n").type == Type::array);
  const RedisReply nested = only_reply("*3\r\n*2\r\n+a\r\n:1\r\n$-1\r\n*1\r\n$1\r\nb\r\n");
  REQUIRE(nested.elements.size() == 3);
  CHECK(nested.elements[0].elements.at(0).is_status("a"));
  CHECK(nested.elements[0].elements.at(1).integer == 1);
  CHECK(nested.elements[1].type == Type::nil);
  CHECK(nested.elements[2].elements.at(0).text == "b");
}

TEST_CASE("it does not matter how replies are cut", "[redis_reply]") {
  const std::string_view bytes = "+OK\r\n*2\r\n$2\r\nhi\r\n:5\r\n-ERR no\r\n$-1\r\n";
  RedisReader reader;
  std::vector<RedisReply> replies;
  for (const char c : bytes) {
    reader.feed({&c, 1});
    while (auto reply = reader.next()) replies.push_back(std::move(*reply));
  }
  REQUIRE(replies.size() == 4);
  CHECK(replies[0].is_status("OK"));
  CHECK(replies[1].elements.at(1).integer == 5);
  CHECK(replies[2].is_error());
  CHECK(replies[3].type == Type::nil);
}

TEST_CASE("what is no Redis reply is said to be none", "[redis_reply]") {
  for (const char* bytes : {"HTTP/1.1 400 Bad Request\r\n", "\x16\x03\x01", "*x\r\n",
                            "$-5\r\nab\r\n", ":1x\r\n", "*99999999999999\r\n"})
    CHECK(problem_of(bytes) == "something that is no Redis reply");
}

TEST_CASE("a reply cannot take more memory than it may", "[redis_reply]") {
  CHECK(problem_of("*2147483647\r\n") == "a reply of too many parts");
  CHECK(problem_of("*16000\r\n*16000\r\n") == "a reply of too many parts");
  CHECK(problem_of("+" + std::string(2 << 20, 'a')) == "a reply of more than 1 MiB");
  CHECK(problem_of("$536870912\r\n" + std::string(2 << 20, 'a')) == "a reply of more than 1 MiB");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "*1\r\n";
  CHECK(problem_of(deep) == "something that is no Redis reply");
}

TEST_CASE("the limits are those of one reply, not of all", "[redis_reply]") {
  RedisReader reader;
  for (int i = 0; i < 20; ++i) {
    reader.feed("$500000\r\n" + std::string(500000, 'a') + "\r\n*10000\r\n");
    REQUIRE(reader.next());
    for (int j = 0; j < 10000; ++j) reader.feed(":1\r\n");
    REQUIRE(reader.next());
  }
  CHECK(reader.problem() == "");
}

TEST_CASE("no bytes of a server do harm", "[redis_reply]") {
  std::mt19937 random(20240229);
  const std::string_view alphabet = "+-:$*0123456789\r\n,#_%~>(=!|a";
  for (int round = 0; round < 20000; ++round) {
    std::string bytes;
    for (auto i = random() % 40; i > 0; --i) {
      bytes += alphabet[random() % alphabet.size()];
      if (random() % 3 == 0) bytes += "\r\n";
    }
    RedisReader reader;
    reader.feed(bytes);
    int replies = 0;
    while (reader.next()) ++replies;
    CHECK(replies <= 40);
  }
}
