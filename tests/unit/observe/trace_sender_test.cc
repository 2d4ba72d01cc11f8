#include "init/observe/trace_sender.h"

#include "init/base/json_read.h"
#include "init/net/resolver.h"
#include "tests/catch.h"
#include "tests/fake/tcp_server.h"
#include "tests/loop_until.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

using Client = FakeTcpServer::Client;

struct SenderWorld {
  Loop loop;
  FakeTcpServer server{loop};
  Resolver resolver{loop, {"/dev/null", "/dev/null", "127.0.0.1:1"}};
  OtelSettings settings;
  std::vector<std::string> failures;
  std::vector<std::size_t> batches;  // of how many spans each
  std::string status = "200 OK", header, body = "{}";
  std::optional<std::chrono::steady_clock::time_point> first_asked;
  std::optional<TraceSender> sender;

  SenderWorld() {
    settings.url = {"127.0.0.1", server.port, "/v1/traces"};
    settings.timeout = 10min;
    sender.emplace(
        loop, resolver, settings,
        [this](const std::string& reason) {
          failures.push_back(reason);
          status = "200 OK";
          header.clear();
        },
        1ms);
    server.on_bytes = [this](Client& client) {
      const std::string& got = client.received;
      const auto end = got.find("\r\n\r\n");
      const auto json = end == got.npos ? std::nullopt : parse_json(got.substr(end + 4), 16);
      if (!json) return;
      if (!first_asked) first_asked = std::chrono::steady_clock::now();
      const Json& scope = json->items_of("resourceSpans").at(0).items_of("scopeSpans").at(0);
      batches.push_back(scope.items_of("spans").size());
      if (!status.empty())
        client.say("HTTP/1.1 " + status + header + "\r\nContent-Length: " + std::to_string(body.size()) +
                   "\r\n\r\n" + body);
    };
  }
  void add(std::size_t number) {
    while (number-- > 0) sender->add("{}");
  }
  void finish(Millis limit = 10min) {
    bool done = false;
    sender->finish(limit, [&] { done = true; });
    CHECK_FALSE(done);
    REQUIRE(loop_until(loop, [&] { return done; }));
    CHECK(sender->idle());
  }
};

using Batches = std::vector<std::size_t>;

}  // namespace

TEST_CASE_METHOD(SenderWorld, "the last spans go in batches", "[trace_sender]") {
  add(TraceSender::kBatch + 1);
  finish();
  CHECK(batches == Batches{TraceSender::kBatch, 1});
  CHECK(sender->counts().sent == TraceSender::kBatch + 1);
  CHECK(sender->counts().dropped == 0);
  CHECK(failures.empty());
}

TEST_CASE_METHOD(SenderWorld, "where nothing is left to say the end does not wait",
                 "[trace_sender]") {
  finish();
  CHECK(batches.empty());
  CHECK(failures.empty());
}

TEST_CASE_METHOD(SenderWorld, "of too many spans, or too large ones, the oldest are dropped",
                 "[trace_sender]") {
  add(TraceSender::kMostSpans + 3);
  CHECK(sender->counts().dropped == 3);
  sender->add('"' + std::string(TraceSender::kMostBytes, 'x') + '"');
  CHECK(sender->counts().dropped == TraceSender::kMostSpans + 4);
  CHECK(sender->idle());
}

TEST_CASE_METHOD(SenderWorld, "a collector that refuses gets each batch once", "[trace_sender]") {
  const std::string refusal = GENERATE(std::string("400 Bad"), std::string("500 Oh"));
  status = refusal;
  add(TraceSender::kBatch + 1);
  finish();
  CHECK(batches == Batches{TraceSender::kBatch});
  CHECK(sender->counts().dropped == TraceSender::kBatch + 1);
  REQUIRE(failures.size() == 1);
  CHECK_THAT(failures[0], has_text("answered " + refusal));
}

TEST_CASE_METHOD(SenderWorld, "spans that a collector passes over count as dropped",
                 "[trace_sender]") {
  body = R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"full"}})";
  add(3);
  finish();
  CHECK(sender->counts().sent == 1);
  CHECK(sender->counts().dropped == 2);
  CHECK(failures == std::vector<std::string>{"the collector has not taken 2 spans: full"});
}

TEST_CASE_METHOD(SenderWorld, "a silent collector is waited for up to the limit",
                 "[trace_sender]") {
  std::size_t tries = 0;
  // Until the limit is not over before the collector has been asked.
  for (Millis limit = 50ms; batches.empty(); limit *= 4) {
    REQUIRE(limit < 5min);
    status.clear();
    add(2);
    finish(limit);
    CHECK(sender->counts().dropped == 2 * ++tries);
    CHECK(failures.size() == tries);
  }
  CHECK(batches == Batches{2});
}

TEST_CASE_METHOD(SenderWorld, "spans given up on are counted and nobody is called",
                 "[trace_sender]") {
  status.clear();
  add(2);
  sender->finish(10min, [] { FAIL("nobody waits any more"); });
  REQUIRE(loop_until(loop, [&] { return !batches.empty(); }));
  sender->give_up();
  CHECK(sender->idle());
  CHECK(sender->counts().dropped == 2);
}

TEST_CASE_METHOD(SenderWorld, "spans that a collector could not take are sent again",
                 "[trace_sender]") {
  status = "503 Busy";
  add(2);
  REQUIRE(loop_until(loop, [&] { return sender->counts().sent > 0; }));
  CHECK(batches == Batches{2, 2});
  CHECK(sender->counts().sent == 2);
  CHECK(sender->counts().dropped == 0);
  CHECK(failures.size() == 1);
  add(1);
  REQUIRE(loop_until(loop, [&] { return sender->counts().sent == 3; }));
}

TEST_CASE_METHOD(SenderWorld, "a collector that asks for a pause gets it", "[trace_sender]") {
  status = "429 Too Many Requests";
  header = "\r\nRetry-After: 1";
  add(2);
  REQUIRE(loop_until(loop, [&] { return sender->counts().sent > 0; }));
  CHECK(std::chrono::steady_clock::now() - first_asked.value() >= 1s);
  CHECK(batches == Batches{2, 2});
}

TEST_CASE_METHOD(SenderWorld, "spans that a collector will never take are not sent again",
                 "[trace_sender]") {
  status = "400 Bad";
  add(2);
  REQUIRE(loop_until(loop, [&] { return sender->counts().dropped == 2; }));
  add(1);
  REQUIRE(loop_until(loop, [&] { return sender->counts().sent == 1; }));
  CHECK(batches == Batches{2, 1});
}
