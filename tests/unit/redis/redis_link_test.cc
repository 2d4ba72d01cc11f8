#include "init/redis/redis_link.h"

#include "tests/catch.h"
#include "tests/fake/redis_server.h"
#include "tests/open_descriptors.h"
#include "tests/unit/coordinate/redis_fixture.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

using LinkTest = RedisFixture;

void pong(FakeRedis::Client& client, const RedisCommand&) { client.say("+PONG\r\n"); }

}  // namespace

TEST_CASE_METHOD(LinkTest, "replies come in the order of the commands", "[redis_link]") {
  const bool tcp = GENERATE(false, true);
  FakeRedis server(loop, tcp);
  server.on_command = [](FakeRedis::Client& client, const RedisCommand& command) {
    client.say('+' + command.back() + "\r\n");
  };
  auto link = link_to(server.url);
  const RedisAnswer answer = ask(*link, {{"ECHO", "a"}, {"ECHO", "b"}, {"PING", "c"}});
  CHECK(answer.problem == "");
  REQUIRE(answer.replies.size() == 3);
  CHECK(answer.replies[0].is_status("a"));
  CHECK(answer.replies[2].is_status("c"));
  CHECK(link->own_address() == (tcp ? "127.0.0.1" : ""));
}

TEST_CASE_METHOD(LinkTest, "the connection is kept, and made anew when it has broken",
                 "[redis_link]") {
  FakeRedis server(loop);
  server.on_command = pong;
  auto link = link_to(server.url);
  for (int i = 0; i < 3; ++i) CHECK(ask(*link, {{"PING"}}).replies.at(0).is_status("PONG"));
  CHECK(server.clients.size() == 1);
  // The end of the connection and the next question may be seen in either order.
  server.clients.front().hang_up();
  CHECK(ask(*link, {{"PING"}}).problem == "");
  CHECK(server.clients.size() == 2);
  server.clients.back().hang_up();
  for (int i = 0; i < 4; ++i) uv_run(&loop.uv(), UV_RUN_NOWAIT);
  CHECK(ask(*link, {{"PING"}}).problem == "");
  CHECK(server.clients.size() == 3);
}

TEST_CASE_METHOD(LinkTest, "a new connection that breaks is not tried again", "[redis_link]") {
  FakeRedis server(loop, true);
  const auto [reset, why] = GENERATE(
      table<bool, std::string>({{false, "the server closed the connection"},
                                {true, "the connection broke: Connection reset by peer"}}));
  server.on_command = [reset = reset](FakeRedis::Client& client, const RedisCommand&) {
    client.hang_up(reset);
  };
  auto link = link_to(server.url);
  CHECK(ask(*link, {{"PING"}}).problem == why);
  CHECK(server.clients.size() == 1);
}

TEST_CASE_METHOD(LinkTest, "a reset in the middle of a reply ends the question", "[redis_link]") {
  FakeRedis server(loop, true);
  server.on_command = [](FakeRedis::Client& client, const RedisCommand&) {
    client.say("$100\r\nhalf of");
    client.hang_up(true);
  };
  auto link = link_to(server.url);
  const RedisAnswer answer = ask(*link, {{"GET", "key"}});
  CHECK(answer.problem == "the connection broke: Connection reset by peer");
  CHECK(answer.replies.empty());
}

TEST_CASE_METHOD(LinkTest, "silence ends at the limit, and late words are not taken for answers",
                 "[redis_link]") {
  FakeRedis server(loop);
  auto link = link_to(server.url);
  CHECK(ask(*link, {{"PING"}}, 20ms).problem == "no answer within 20ms");
  CHECK(!link->asking());
  server.on_command = pong;
  CHECK(ask(*link, {{"PING"}}).replies.size() == 1);
  CHECK(server.clients.size() == 2);
}

TEST_CASE_METHOD(LinkTest, "nobody there is a problem, not a wait", "[redis_link]") {
  std::string url;
  { url = FakeRedis(loop, true).url; }
  CHECK_THAT(ask(*link_to(url), {{"PING"}}).problem, has_text("Connection refused"));
  CHECK_THAT(ask(*link_to("unix:///nonexistent/redis.sock"), {{"PING"}}).problem,
             has_text("No such file or directory"));
}

TEST_CASE_METHOD(LinkTest, "rubbish is an error and nothing worse", "[redis_link]") {
  const auto [said, why] = GENERATE(table<std::string, std::string>({
      {"SSH-2.0-OpenSSH_9.2\r\n", "the server sent something that is no Redis reply"},
      {"+PONG\r\n+AGAIN\r\n", "the server sent something that it was not asked for"},
      {"*2147483647\r\n", "the server sent a reply of too many parts"},
  }));
  FakeRedis server(loop);
  server.on_command = [said = said](FakeRedis::Client& client, const RedisCommand&) {
    client.say(said);
  };
  auto link = link_to(server.url);
  const RedisAnswer answer = ask(*link, {{"PING"}});
  CHECK(answer.problem == why);
  CHECK(!answer.misconfigured);
}

TEST_CASE_METHOD(LinkTest, "a greeting before any question is rubbish, too", "[redis_link]") {
  FakeRedis server(loop);
  server.on_client = [](FakeRedis::Client& client) {
    client.say("+HELLO\r\n*1\r\n+MORE\r\n:1\r\n");
  };
  auto link = link_to(server.url);
  CHECK(ask(*link, {{"PING"}}).problem == "the server sent something that it was not asked for");
}

TEST_CASE_METHOD(LinkTest, "it logs in and selects the database before it asks", "[redis_link]") {
  FakeRedis server(loop);
  server.on_command = [](FakeRedis::Client& client, const RedisCommand&) { client.say("+OK\r\n"); };
  const auto [credentials, login] = GENERATE(table<std::string, RedisCommand>(
      {{"app:pa%20ss@", {"AUTH", "app", "pa ss"}}, {":secret@", {"AUTH", "secret"}}}));
  auto link = link_to("unix://" + credentials + server.url.substr(7) + "?db=7");
  CHECK(ask(*link, {{"GET", "key"}}).problem == "");
  CHECK(ask(*link, {{"GET", "key"}}).problem == "");
  const std::vector<RedisCommand> expected = {
      login, {"SELECT", "7"}, {"GET", "key"}, {"GET", "key"}};
  CHECK(server.commands == expected);
}

TEST_CASE_METHOD(LinkTest, "a refused login is said as such, and nothing is asked",
                 "[redis_link]") {
  const auto [error, why, misconfigured] = GENERATE(table<std::string, std::string, bool>({
      {"WRONGPASS invalid username-password pair",
       "the server does not accept the user or the password", true},
      {"ERR invalid password", "the server does not accept the password", true},
      {"ERR Client sent AUTH, but no password is set",
       "a password is given, and the server has none", true},
      {"ERR max number of clients reached", "the server has as many clients as it allows", false},
      {"LOADING Redis is loading the dataset in memory", "the server is still loading its data",
       false},
      {"ERR unknown command `AUTH`, with args beginning with: `secret`, ",
       "the server answered \"ERR\"", true},
  }));
  FakeRedis server(loop);
  server.on_command = [error = error](FakeRedis::Client& client, const RedisCommand&) {
    client.say('-' + error + "\r\n");
  };
  auto link = link_to("unix://:secret@" + server.url.substr(7) + "?db=7");
  const RedisAnswer answer = ask(*link, {{"GET", "key"}});
  CHECK(answer.problem == why);
  CHECK(answer.misconfigured == misconfigured);
  CHECK(server.commands.size() <= 2);  // without the question
}

TEST_CASE_METHOD(LinkTest, "messages of a subscription come when nothing is asked",
                 "[redis_link]") {
  FakeRedis server(loop);
  server.on_command = [](FakeRedis::Client& client, const RedisCommand&) {
    client.say("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n");
  };
  auto link = link_to(server.url);
  std::vector<std::string> said;
  bool lost = false;
  CHECK(ask(*link, {{"SUBSCRIBE", "c"}}).replies.at(0).elements.at(2).integer == 1);
  link->listen([&](const RedisReply& reply) { said.push_back(reply.elements.at(2).text); },
               [&] { lost = true; });
  server.clients.front().say(
      "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n*3\r\n$7\r\nmessage\r\n");
  server.clients.front().say("$1\r\nc\r\n$2\r\nho\r\n");
  REQUIRE(loop_until(loop, [&] { return said.size() == 2; }));
  CHECK(said == std::vector<std::string>{"hi", "ho"});
  server.clients.front().hang_up();
  REQUIRE(loop_until(loop, [&] { return lost; }));
}

TEST_CASE_METHOD(LinkTest, "it may be destroyed at any moment, also by those it calls",
                 "[redis_link]") {
  const auto before = open_descriptors();
  bool called = false;
  {
    FakeRedis server(loop);
    server.on_command = pong;
    auto link = link_to(server.url);
    link->ask({{"PING"}}, 60s, [&](RedisAnswer) { link.reset(); });
    REQUIRE(loop_until(loop, [&] { return link == nullptr; }));

    link = link_to(server.url);
    ask(*link, {{"PING"}});
    link->listen([&](const RedisReply&) { link.reset(); }, [&] { called = true; });
    server.clients.back().say("+one\r\n+two\r\n");
    REQUIRE(loop_until(loop, [&] { return link == nullptr; }));

    link = link_to(server.url);
    ask(*link, {{"PING"}});
    link->listen([](const RedisReply&) {}, [&] { link.reset(); });
    server.clients.back().hang_up();
    REQUIRE(loop_until(loop, [&] { return link == nullptr; }));

    server.on_command = nullptr;
    // While connecting, while waiting, and by close(): nobody is called.
    link = link_to(server.url);
    link->ask({{"PING"}}, 60s, [&](RedisAnswer) { called = true; });
    link.reset();
    const auto asked = server.commands.size();
    link = link_to(server.url);
    link->ask({{"PING"}}, 60s, [&](RedisAnswer) { called = true; });
    REQUIRE(loop_until(loop, [&] { return server.commands.size() > asked; }));
    link->close();
    CHECK(!link->asking());
  }
  while (uv_run(&loop.uv(), UV_RUN_NOWAIT) != 0) continue;
  CHECK(!called);
  CHECK(open_descriptors() == before);
}
