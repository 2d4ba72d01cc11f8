#include "init/net/http_server.h"

#include <poll.h>
#include <sys/socket.h>

#include <filesystem>
#include <memory>

#include "init/net/address.h"
#include "tests/catch.h"
#include "tests/loop_until.h"
#include "tests/scratch.h"

using namespace usher;

namespace {

struct Serving {
  Loop loop;
  Scratch scratch;
  std::string socket = scratch.path("http");
  std::vector<HttpRequest> requests;
  HttpServer server{loop, [this](const HttpRequest& request) {
                      requests.push_back(request);
                      if (request.path != "/known") return HttpAnswer{404, "text/plain", "no\n"};
                      return HttpAnswer{200, "text/plain", std::string(body, 'x')};
                    },
                    std::chrono::minutes{10}};
  std::size_t body = 3;

  Serving() { REQUIRE(server.open("unix:" + socket) == ""); }

  Fd connect() const {
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const auto address = unix_address(socket);
    REQUIRE(::connect(fd.get(), address->get(), address->length) == 0);
    return fd;
  }
  static void send(const Fd& fd, std::string_view text) {
    CHECK(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }
  // All that comes until the server hangs up.
  std::string receive(const Fd& fd) {
    std::string text;
    bool ended = false;
    loop_until(loop, [&] {
      char bytes[65536];
      ssize_t got;
      while ((got = ::recv(fd.get(), bytes, sizeof bytes, 0)) > 0) text.append(bytes, static_cast<std::size_t>(got));
      return ended = got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
    });
    CHECK(ended);
    return text;
  }
  std::string ask(std::string_view text) {
    const Fd fd = connect();
    send(fd, text);
    return receive(fd);
  }
};

}  // namespace

TEST_CASE_METHOD(Serving, "the name of a socket goes with its server, but not that of its successor",
                 "[http]") {
  const std::string name = scratch.path("other");
  const auto begin = [&] {
    auto one = std::make_unique<HttpServer>(loop, [](const HttpRequest&) { return HttpAnswer{}; });
    REQUIRE(one->open("unix:" + name) == "");
    return one;
  };
  auto first = begin();
  CHECK(HttpServer(loop, nullptr).open("unix:" + name) == "it is in use");
  std::filesystem::remove(name);
  auto successor = begin();
  CHECK(std::filesystem::status(name).permissions() == std::filesystem::perms{0666});
  first.reset();
  CHECK(std::filesystem::exists(name));
  successor.reset();
  CHECK_FALSE(std::filesystem::exists(name));
}

TEST_CASE_METHOD(Serving, "a request gets its answer, and the connection is closed", "[http]") {
  const std::string answer = ask("GET /known?x=1 HTTP/1.1\r\nHost: a\r\nACCEPT: text/plain;q=1\r\n\r\n");
  CHECK(answer ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n"
        "Connection: close\r\n\r\nxxx");
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].path == "/known");
  CHECK(requests[0].accept == "text/plain;q=1");
}

TEST_CASE_METHOD(Serving, "a request may come in pieces", "[http]") {
  const Fd fd = connect();
  const std::string request = "GET /known HTTP/1.1\r\nAccept: a/b\r\n\r\n";
  for (const char c : request) {
    send(fd, {&c, 1});
    uv_run(&loop.uv(), UV_RUN_NOWAIT);
  }
  CHECK_THAT(receive(fd), has_text("200 OK"));
  CHECK(requests[0].accept == "a/b");
}

TEST_CASE_METHOD(Serving, "HEAD is answered without a body", "[http]") {
  CHECK_THAT(ask("HEAD /known HTTP/1.0\r\n\r\n"), has_text("Content-Length: 3\r\nConnection: close\r\n\r\n"));
}

TEST_CASE_METHOD(Serving, "what cannot be answered is told why", "[http]") {
  const auto [request, status] = GENERATE(table<std::string, std::string>({
      {"GET /other HTTP/1.1\r\n\r\n", "404"},
      {"POST /known HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "405"},
      {"rubbish\r\n\r\n", "400"},
      {std::string("\0\0\0\0\0\0\0\0\0\0\0\0", 12), "400"},
      {"GET /known HTTP/1.1\r\nX: " + std::string(9'000, 'x'), "431"},
  }));
  CHECK_THAT(ask(request), has_text("HTTP/1.1 " + status));
}

TEST_CASE_METHOD(Serving, "a long answer reaches a reader that takes its time", "[http]") {
  body = 4 << 20;
  CHECK(ask("GET /known HTTP/1.1\r\n\r\n").size() > body);
}

TEST_CASE_METHOD(Serving, "clients that only sit there make room for others", "[http]") {
  std::vector<Fd> silent;
  for (std::size_t i = 0; i < 3 * HttpServer::kClientsMost; ++i) {
    silent.push_back(connect());
    for (int turn = 0; turn < 2; ++turn) uv_run(&loop.uv(), UV_RUN_NOWAIT);
  }
  CHECK_THAT(ask("GET /known HTTP/1.1\r\n\r\n"), has_text("200 OK"));
  CHECK(receive(silent[0]).empty());
}

TEST_CASE_METHOD(Serving, "one that leaves in the midst of it does no harm", "[http]") {
  body = 4 << 20;
  for (int i = 0; i < 20; ++i) {
    const Fd fd = connect();
    send(fd, "GET /known HTTP/1.1\r\n\r\n");
    uv_run(&loop.uv(), UV_RUN_NOWAIT);
  }
  body = 3;
  CHECK_THAT(ask("GET /known HTTP/1.1\r\n\r\n"), has_text("200 OK"));
}

TEST_CASE_METHOD(Serving, "one that only sits there is not waited for", "[http]") {
  HttpServer brief(loop, [](const HttpRequest&) { return HttpAnswer{}; },
                   std::chrono::milliseconds{20});
  socket = scratch.path("brief");
  REQUIRE(brief.open("unix:" + socket) == "");
  CHECK(receive(connect()).empty());
}

TEST_CASE("a place where nobody can listen is said so", "[http]") {
  Loop loop;
  HttpServer server(loop, [](const HttpRequest&) { return HttpAnswer{}; });
  CHECK_THAT(server.open("nowhere"), has_text("expected an address"));
  CHECK_THAT(server.open("203.0.113.1:9464"), has_text("cannot bind it"));
  CHECK_THAT(server.open("unix:/no/such/directory/socket"), has_text("cannot bind it"));
}
