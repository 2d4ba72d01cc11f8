#include "tests/open_descriptors.h"
#include "tests/unit/probes/net_world.h"

using namespace usher;

namespace {

using Client = FakeTcpServer::Client;

struct HttpWorld : NetWorld {
  std::vector<std::string> requests;  // whole ones, in their order
  std::function<void(Client&, const std::string& request)> answer;

  HttpWorld() {
    server.on_bytes = [this](Client& client) {
      if (!client.received.ends_with("\r\n\r\n")) return;
      const std::string request = requests.emplace_back(std::exchange(client.received, {}));
      answer(client, request);
    };
    say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }
  void say(const std::string& response) {
    answer = [response](Client& client, const std::string&) { client.say(response); };
  }
  HttpProbe probe(const std::string& path = "/", const std::string& host = "server") const {
    HttpProbe config;
    config.url = "http://" + host + ':' + std::to_string(server.port) + path;
    return config;
  }
  static std::string page(const std::string& body, const std::string& status = "200 OK") {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }
  std::string redirect(const std::string& to) const {
    return "HTTP/1.1 302 Found\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n";
  }
};

}  // namespace

TEST_CASE_METHOD(HttpWorld, "a request names its host and its own headers", "[http_probe]") {
  HttpProbe config = probe("/health?full=1");
  config.headers = {{"X-Key", "value"}, {"user-agent", "me"}};
  CHECK(ask(config).verdict == Verdict::pass);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0] ==
        "GET /health?full=1 HTTP/1.1\r\nAccept: */*\r\nConnection: close\r\nHost: server:" +
            std::to_string(server.port) + "\r\nuser-agent: me\r\nX-Key: value\r\n\r\n");
  config.method = "HEAD";
  say("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  CHECK(ask(config).verdict == Verdict::pass);
  CHECK_THAT(requests.back(), has_text("HEAD /health"));
}

TEST_CASE_METHOD(HttpWorld, "the status has to be in one of the ranges", "[http_probe]") {
  const auto [status, passes] = GENERATE(table<std::string, bool>(
      {{"200 OK", true}, {"399", true}, {"302 Found", true}, {"400", false}, {"101 Odd", false}}));
  say(page("", status));
  CHECK((ask(probe()).verdict == Verdict::pass) == passes);
  HttpProbe config = probe();
  config.status = {{503, 503}, {100, 102}};
  say(page("", "404 Not Found"));
  const ProbeResult result = ask(config);
  CHECK(result.verdict == Verdict::not_yet);
  CHECK(result.reason == "answered 404 Not Found, expected 503, 100-102");
  say(page("", "503 Service Unavailable"));
  CHECK(ask(config).verdict == Verdict::pass);
}

TEST_CASE_METHOD(HttpWorld, "some line of the body has to match", "[http_probe]") {
  HttpProbe config = probe();
  config.pattern = "^ready$";
  say(page("not ready\r\nready\r\n"));
  CHECK(ask(config).verdict == Verdict::pass);
  say(page("starting\nready"));
  CHECK(ask(config).verdict == Verdict::pass);
  say(page("almost ready\n"));
  CHECK(ask(config).reason == "no line of the body matches");
  say(page("Ready\n"));
  CHECK(ask(config).reason == "no line of the body matches");
  config.ignore_case = true;
  CHECK(ask(config).verdict == Verdict::pass);
  say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nrea\r\n2\r\ndy\r\n0\r\n\r\n");
  CHECK(ask(config).verdict == Verdict::pass);
  answer = [](Client& client, const std::string&) {
    client.say("HTTP/1.0 200 OK\r\n\r\nstarting\nready");
    client.hang_up();
  };
  CHECK(ask(config).verdict == Verdict::pass);
}

TEST_CASE_METHOD(HttpWorld, "a match counts before the body has ended, and a flood ends the search",
                 "[http_probe]") {
  HttpProbe config = probe();
  config.pattern = "ready";
  say("HTTP/1.1 200 OK\r\n\r\nready\n");
  CHECK(ask(config).verdict == Verdict::pass);
  // Without a line break, and without end.
  Timer flood(loop);
  std::function<void()> pour = [&] {
    server.clients.back().say(std::string(100'000, 'x'));
    flood.start(Millis{1}, pour);
  };
  answer = [&](Client& client, const std::string&) {
    client.say("HTTP/1.1 200 OK\r\n\r\n");
    pour();
  };
  CHECK(ask(config).reason ==
        "no line in the first 1 MiB of the body matches; of a line longer than 64 KiB only the beginning was looked at");
}

TEST_CASE_METHOD(HttpWorld, "redirects are followed on the same host, and only so many",
                 "[http_probe]") {
  HttpProbe config = probe("/a/start");
  config.redirects = 2;
  answer = [this](Client& client, const std::string& request) {
    if (request.starts_with("GET /a/start ")) return client.say(redirect("next"));
    if (request.starts_with("GET /a/next "))
      return client.say(redirect("http://SERVER:" + std::to_string(server.port) + "/end"));
    client.say(page("", request.starts_with("GET /end ") ? "200 OK" : "500 Odd"));
  };
  CHECK(ask(config).verdict == Verdict::pass);
  CHECK(requests.size() == 3);
  config.redirects = 1;
  CHECK(ask(config).reason == "redirected more than 1 times");
  config.redirects = 5;
  say(redirect("http://other:" + std::to_string(server.port) + "/"));
  CHECK_THAT(ask(config).reason, has_text("another host"));
  say(redirect("/for/ever"));
  CHECK(ask(config).reason == "redirected more than 5 times");
}

TEST_CASE_METHOD(HttpWorld, "a server that breaks off or talks rubbish is not there yet",
                 "[http_probe]") {
  answer = [](Client& client, const std::string&) { client.hang_up(); };
  CHECK(ask(probe()).reason == "no whole response: nothing has come; the connection was closed");
  answer = [](Client& client, const std::string&) {
    client.say("HTTP/1.1 200");
    client.hang_up(true);
  };
  CHECK_THAT(ask(probe()).reason, has_text("no whole response: "));
  say("220 mail.example.org ESMTP\r\n");
  CHECK(ask(probe()).reason == "the response cannot be read: it is not HTTP/1.1");
  say("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'y'));
  CHECK(ask(probe()).reason == "the response cannot be read: its header is longer than 64 KiB");
}

TEST_CASE_METHOD(HttpWorld, "a silent server costs the timeout and no more", "[http_probe]") {
  answer = [](Client&, const std::string&) {};
  check_silence(probe(), "connected, but no whole response within ");
  answer = [](Client& client, const std::string&) { client.say("HTTP/1.1 200 OK\r\nX: "); };
  check_silence(probe(), "connected, but no whole response within ");
}

TEST_CASE_METHOD(HttpWorld, "settings that cannot be are said to be wrong, without secrets",
                 "[http_probe]") {
  HttpProbe config = probe();
  config.url = GENERATE(std::string("httpx://server/"), std::string("http://u:secret@server/"));
  CHECK(target_of(config) == "http");
  const ProbeResult result = ask(config);
  CHECK(result.verdict == Verdict::misconfigured);
  CHECK(result.reason.find("secret") == std::string::npos);
  config = probe();
  config.headers = {{"X", "y\r\nZ: injected"}};
  CHECK(ask(config).verdict == Verdict::misconfigured);
  config = probe();
  config.pattern = "(";
  CHECK(ask(config).verdict == Verdict::misconfigured);
}

TEST_CASE_METHOD(HttpWorld, "an http probe destroyed on its way leaves nothing", "[http_probe]") {
  answer = [](Client&, const std::string&) {};
  uv_run(&loop.uv(), UV_RUN_NOWAIT);
  const std::size_t before = open_descriptors();
  const ProbeConfig config = probe();
  auto made = make_probe(config, context);
  made->start(Millis{60'000}, [](const ProbeResult&) { FAIL("nobody wants to know any more"); });
  REQUIRE(loop_until(loop, [&] { return !requests.empty(); }));
  made.reset();
  server.clients.clear();
  uv_run(&loop.uv(), UV_RUN_NOWAIT);
  CHECK(open_descriptors() == before);
}
