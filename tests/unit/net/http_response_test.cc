#include "init/net/http_response.h"

#include "tests/catch.h"

using namespace usher;
using State = HttpResponse::State;

namespace {

struct Read {
  std::string body;
  HttpResponse response;
  explicit Read(bool to_head = false)
      : response(to_head, [this](std::string_view part) { body += part; }) {}
};

const std::string kOk = "HTTP/1.1 200 OK\r\n";

std::string problem_of(std::string_view bytes, bool then_ends = true) {
  Read read;
  read.response.feed(bytes);
  if (then_ends) read.response.finish();
  CHECK(read.response.state() == State::bad);
  return read.response.problem();
}

}  // namespace

TEST_CASE("a response is the same however it is split", "[http_response]") {
  const std::string text =
      "HTTP/1.1 100 Continue\r\nContent-Length: 7\r\n\r\n"
      "HTTP/1.1 201 Created\r\nX-Long:\r\n folded\r\nTransfer-Encoding: Chunked\r\n"
      "location: /new \r\n\r\n"
      "5;name=value\r\nhello\r\n00B\r\n, \r\n world!\r\n0\r\nTrailer: x\r\n\r\n"
      "what follows is nobody's business";
  const auto check = [](const Read& read) {
    CHECK(read.response.state() == State::complete);
    CHECK(read.response.status() == 201);
    CHECK(read.response.phrase() == "Created");
    CHECK(read.response.location() == "/new");
    CHECK(read.body == "hello, \r\n world!");
  };
  for (std::size_t at = 0; at <= text.size(); ++at) {
    Read read;
    read.response.feed(text.substr(0, at));
    read.response.feed(text.substr(at));
    check(read);
  }
  Read read;
  for (const char byte : text) read.response.feed(std::string(1, byte));
  check(read);
}

TEST_CASE("the body ends where the response says so", "[http_response]") {
  Read by_length, by_end, to_head(true), without;
  CHECK(by_length.response.feed(kOk + "Content-Length: 3\r\n\r\nabcdef") == State::complete);
  CHECK(by_length.body == "abc");
  CHECK(by_end.response.feed("HTTP/1.0 200\n\nabc") == State::body);
  CHECK(by_end.response.finish() == State::complete);
  CHECK(by_end.body == "abc");
  CHECK(to_head.response.feed(kOk + "Content-Length: 3\r\n\r\n") == State::complete);
  CHECK(without.response.feed("HTTP/1.1 204 No Content\r\n\r\n") == State::complete);
}

TEST_CASE("a response that is cut off is not whole", "[http_response]") {
  CHECK(problem_of("") == "nothing has come");
  const std::string text = GENERATE(
      std::string("HTT"), kOk, kOk + "X: y\r\n", kOk + "Content-Length: 3\r\n\r\nab",
      kOk + "Transfer-Encoding: chunked\r\n\r\n", kOk + "Transfer-Encoding: chunked\r\n\r\n3\r\nab",
      kOk + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n");
  CHECK(problem_of(text) == "it ends in the middle");
}

TEST_CASE("rubbish is refused as soon as it is seen", "[http_response]") {
  const auto [text, why] = GENERATE(table<std::string, std::string>({
      {"SSH-2.0-OpenSSH\r\n", "not HTTP/1.1"},
      {"HTTP/2 200\r\n", "not HTTP/1.1"},
      {"HTTP/1.1 20 OK\r\n", "not HTTP/1.1"},
      {"HTTP/1.1 2000 OK\r\n", "not HTTP/1.1"},
      {"HTTP/1.1 099 Low\r\n", "not HTTP/1.1"},
      {"HTTP/1.1 +20 OK\r\n", "not HTTP/1.1"},
      {kOk + "no colon\r\n", "has no name"},
      {kOk + ": nameless\r\n", "has no name"},
      {kOk + "Content-Length: -1\r\n", "Content-Length"},
      {kOk + "Content-Length: 1\r\nContent-Length: 2\r\n", "Content-Length"},
      {kOk + "Content-Length: 99999999999999999999\r\n", "Content-Length"},
      {kOk + "Transfer-Encoding: gzip\r\n\r\n", "transfer encoding"},
      {kOk + "Transfer-Encoding: gzip, chunked\r\n\r\n", "transfer encoding"},
      {kOk + "Transfer-Encoding: chunked\r\n\r\nx\r\n", "chunk of its body has no size"},
      {kOk + "Transfer-Encoding: chunked\r\n\r\n\r\n", "chunk of its body has no size"},
      {kOk + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n", "chunk of its body has no size"},
      {kOk + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "longer than it says"},
  }));
  CAPTURE(text);
  CHECK_THAT(problem_of(text, false), has_text(why));
}

TEST_CASE("what old servers write is read", "[http_response]") {
  Read both, control, trailer, interim;
  CHECK(both.response.feed(kOk + "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n") ==
        State::complete);
  CHECK(both.body == "a");
  CHECK(control.response.feed(kOk + "X: \x01\xff\r\nLocation: /\xe4\r\n\r\n") == State::body);
  CHECK(control.response.location() == "/\xe4");
  trailer.response.feed(kOk + "Transfer-Encoding: chunked\r\n\r\n0\r\nLocation: /x\r\n\r\n");
  CHECK(trailer.response.state() == State::complete);
  CHECK(trailer.response.location() == "");
  interim.response.feed("HTTP/1.1 103 Early Hints\r\nConnection: close\r\nLocation: /x\r\n\r\n" + kOk +
                        "Content-Length: 0\r\n\r\n");
  CHECK(interim.response.state() == State::complete);
  CHECK(interim.response.status() == 200);
  CHECK(interim.response.location() == "");
}

TEST_CASE("no part of a response grows without bound", "[http_response]") {
  const std::string start = GENERATE(std::string("HTTP/1.1 200 "),
                                     kOk + "X: ", kOk + "Transfer-Encoding: chunked\r\n\r\n1;",
                                     kOk + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: ");
  const std::string more = GENERATE(std::string("y"), std::string("y: \r\n"));
  Read read;
  read.response.feed(start);
  std::size_t fed = 0;
  for (; read.response.state() != State::bad && fed < 1'000'000; fed += more.size())
    read.response.feed(more);
  CHECK(read.response.state() == State::bad);
  CHECK(fed <= HttpResponse::kMostHeaderBytes);
}
