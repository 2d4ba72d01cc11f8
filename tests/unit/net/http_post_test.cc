#include "init/net/http_post.h"

#include <sys/socket.h>

#include "init/net/resolver.h"
#include "tests/catch.h"
#include "tests/fake/tcp_server.h"
#include "tests/loop_until.h"
#include "tests/open_descriptors.h"
#include "tests/scratch.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

using Client = FakeTcpServer::Client;
using Kind = PostResult::Kind;

struct PostWorld {
  Loop loop;
  Scratch scratch;
  FakeTcpServer server{loop};
  Resolver resolver{
      loop, {scratch.write("hosts", "127.0.0.1 collector\n"), "/dev/null", "127.0.0.1:1"}};
  HttpPost post{loop, resolver};
  std::string request;  // as far as it has come
  std::function<void(Client&)> answer = [](Client& client) {
    client.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  };

  PostWorld() {
    server.on_bytes = [this](Client& client) {
      request += std::exchange(client.received, {});
      if (request.ends_with("END")) answer(client);
    };
  }
  void say(const std::string& response) {
    answer = [response](Client& client) { client.say(response); };
  }
  PostRequest document(std::string body = "body END") const {
    return {{"collector", server.port, "/v1/traces"}, "application/json", std::move(body)};
  }
  PostResult send(PostRequest document, std::chrono::milliseconds timeout = 60s) {
    std::optional<PostResult> result;
    request.clear();
    post.start(std::move(document), timeout, [&](PostResult answered) {
      CHECK_FALSE(result);
      result = std::move(answered);
    });
    CHECK_FALSE(result);
    CHECK(post.busy());
    REQUIRE(loop_until(loop, [&] { return result.has_value(); }));
    CHECK_FALSE(post.busy());
    CHECK((result->kind == Kind::accepted) == result->reason.empty());
    return *result;
  }
  std::string where() const { return "http://collector:" + std::to_string(server.port); }
};

}  // namespace

TEST_CASE_METHOD(PostWorld, "a document is sent with its type, its length and its headers",
                 "[http_post]") {
  PostRequest sent = document();
  sent.headers = {{"X-Token", "secret"}, {"user-agent", "me"}};
  const PostResult result = send(sent);
  CHECK(result.kind == Kind::accepted);
  CHECK(result.status == 200);
  CHECK(result.body == "{}");
  CHECK(request == "POST /v1/traces HTTP/1.1\r\nAccept: */*\r\nConnection: close\r\n"
                   "Content-Length: 8\r\nContent-Type: application/json\r\nHost: collector:" +
                       std::to_string(server.port) +
                       "\r\nuser-agent: me\r\nX-Token: secret\r\n\r\nbody END");
  sent.method = "PUT";
  CHECK(send(sent).kind == Kind::accepted);
  CHECK_THAT(request, has_text("PUT /v1/traces "));
}

TEST_CASE_METHOD(PostWorld, "the status says whether it was taken and whether it ever can be",
                 "[http_post]") {
  const auto [status, kind] = GENERATE(table<std::string, Kind>({
      {"200 OK", Kind::accepted},
      {"202 Accepted", Kind::accepted},
      {"204 No Content", Kind::accepted},
      {"302 Found\r\nLocation: /elsewhere", Kind::refused},
      {"400 Bad Request", Kind::refused},
      {"404", Kind::refused},
      {"408 Request Timeout", Kind::unavailable},
      {"429 Too Many Requests", Kind::unavailable},
      {"500 Oh", Kind::unavailable},
      {"503", Kind::unavailable},
  }));
  CAPTURE(status);
  say("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n");
  const PostResult result = send(document());
  CHECK(result.kind == kind);
  CHECK(std::to_string(result.status) == status.substr(0, 3));
  CHECK(server.clients.size() == 1);
}

TEST_CASE_METHOD(PostWorld, "a refusal is told with what the server says of it", "[http_post]") {
  say("HTTP/1.1 400 Bad Request\r\nContent-Length: 20\r\n\r\n no such\tmetric\nMore\n");
  PostRequest sent = document();
  sent.url.path += "?token=secret";
  CHECK(send(sent).reason == where() + "/v1/traces answered 400 Bad Request: no suchmetric");
}

TEST_CASE_METHOD(PostWorld, "a document larger than the socket's buffers arrives whole",
                 "[http_post]") {
  const std::string body = std::string(HttpPost::kMostSent - 3, 'x') + "END";
  CHECK(send(document(body)).kind == Kind::accepted);
  CHECK(request.ends_with("\r\n\r\n" + body));
  CHECK_THAT(send(document(body + "x")).reason, has_text("not given more than 4 MiB"));
}

TEST_CASE_METHOD(PostWorld, "a server that refuses before it has read all is understood",
                 "[http_post]") {
  server.on_bytes = [](Client& client) {
    client.say("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
  };
  const PostResult result = send(document(std::string(HttpPost::kMostSent, 'x')));
  CHECK(result.status == 413);
  CHECK(result.kind == Kind::refused);
}

TEST_CASE_METHOD(PostWorld, "a server that is not there or talks rubbish fails with its name",
                 "[http_post]") {
  answer = [](Client& client) { client.hang_up(true); };
  CHECK_THAT(send(document()).reason, has_text(where() + "/v1/traces: no whole response: "));
  say("220 mail.example.org ESMTP\r\n");
  CHECK(send(document()).reason ==
        where() + "/v1/traces: the response cannot be read: it is not HTTP/1.1");
  PostRequest nowhere = document();
  nowhere.url.port = 1;
  CHECK(send(nowhere).reason ==
        "cannot connect to collector:1: 127.0.0.1: Connection refused");
  nowhere.url.host = "nobody.example";
  CHECK_THAT(send(nowhere, 200ms).reason, has_text("cannot resolve \"nobody.example\""));
}

TEST_CASE_METHOD(PostWorld, "the limit ends the wait for a silent server, not a status that came",
                 "[http_post]") {
  answer = [](Client&) {};
  std::chrono::milliseconds limit = 25ms;
  PostResult silent;
  do {
    REQUIRE((limit *= 4) < 5min);
    silent = send(document(), limit);
    CHECK(silent.kind == Kind::failed);
  } while (silent.reason.starts_with("cannot connect to "));  // in time
  CHECK_THAT(silent.reason, has_text("no whole response within "));
  say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
  // Until the status comes before the limit.
  limit = 100ms;
  while (send(document(), limit).kind != Kind::accepted) REQUIRE((limit *= 4) < 5min);
}

TEST_CASE_METHOD(PostWorld, "of a response without end only the beginning is read",
                 "[http_post]") {
  answer = [](Client& client) {
    client.say("HTTP/1.1 500 Oh\r\nContent-Length: 1000000\r\n\r\n" + std::string(100'000, 'x'));
  };
  const PostResult result = send(document());
  CHECK(result.kind == Kind::unavailable);
  CHECK(result.body.size() == HttpPost::kMostReceived);
  CHECK(result.reason.size() < 300);
}

TEST_CASE_METHOD(PostWorld, "a header that would begin another one is not sent", "[http_post]") {
  PostRequest sent = document();
  sent.headers = {{"X-Token", "secret\r\nX-Other: y"}};
  const PostResult result = send(sent);
  CHECK(result.kind == Kind::failed);
  CHECK_THAT(result.reason, has_text("line break"));
  CHECK(result.reason.find("secret") == std::string::npos);
  CHECK(server.clients.empty());
}

TEST_CASE_METHOD(PostWorld, "a document goes to a socket of this machine", "[http_post]") {
  const Fd listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const std::string path = scratch.path("collector.sock");
  const Address address = *unix_address(path);
  REQUIRE(::bind(listening.get(), address.get(), address.length) == 0);
  REQUIRE(::listen(listening.get(), 1) == 0);
  std::optional<Client> client;
  Poll accepts(loop, listening.get());
  accepts.start(UV_READABLE, [&] {
    client.emplace(server, Fd(::accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK)));
    accepts.stop();
  });
  PostRequest sent = document();
  sent.url = parse_http_url("http://unix:" + path + ":/push").url;
  CHECK(send(sent).kind == Kind::accepted);
  CHECK_THAT(request, has_text("POST /push HTTP/1.1"));
  CHECK_THAT(request, has_text("Host: localhost\r\n"));
}

TEST_CASE_METHOD(PostWorld, "a post may be begun anew, or destroyed, from its own answer",
                 "[http_post]") {
  auto own = std::make_unique<HttpPost>(loop, resolver);
  unsigned answers = 0;
  own->start(document(), 60s, [&](const PostResult&) {
    ++answers;
    request.clear();
    own->start(document(), 60s, [&](const PostResult&) {
      ++answers;
      own.reset();
    });
  });
  REQUIRE(loop_until(loop, [&] { return answers == 2; }));
  CHECK_FALSE(own);
}

TEST_CASE_METHOD(PostWorld, "a post destroyed on its way leaves nothing", "[http_post]") {
  answer = [](Client&) {};
  uv_run(&loop.uv(), UV_RUN_NOWAIT);
  const std::size_t before = open_descriptors();
  auto own = std::make_unique<HttpPost>(loop, resolver);
  own->start(document(), 60s, [](const PostResult&) { FAIL("nobody wants to know any more"); });
  REQUIRE(loop_until(loop, [&] { return request.ends_with("END"); }));
  own.reset();
  server.clients.clear();
  uv_run(&loop.uv(), UV_RUN_NOWAIT);
  CHECK(open_descriptors() == before);
}
