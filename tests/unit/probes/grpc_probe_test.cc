#include "probes/grpc_probe.h"

#include <thread>

#include "init/net/grpc_health.h"
#include "tests/fake/grpc_server.h"
#include "tests/open_descriptors.h"
#include "tests/unit/probes/net_world.h"

using namespace usher;

namespace {

using Client = FakeTcpServer::Client;
using Answer = FakeGrpcServer::Answer;

const std::string kServing("\0\0\0\0\2\x08\x01", 7);
const std::string kNotServing("\0\0\0\0\2\x08\x02", 7);

struct GrpcWorld : NetWorld {
  std::unique_ptr<FakeGrpcServer> grpc;

  // From now on each answer is this one.
  void say(const Answer& answer, bool byte_by_byte = false) {
    server.on_client = [this, answer](Client&) { grpc = std::make_unique<FakeGrpcServer>(answer); };
    server.on_bytes = [this, byte_by_byte](Client& client) {
      const std::string reply = grpc->exchange(std::exchange(client.received, {}));
      if (!byte_by_byte) return client.say(reply);
      for (const char byte : reply) client.say(std::string(1, byte));
    };
  }
  static Answer ok(const std::string& body) {
    Answer answer;
    answer.body = body;
    answer.grpc_status = "0";
    return answer;
  }
  static Answer failed(const std::string& status, const std::string& message = "") {
    Answer answer;
    answer.trailers_only = true;
    answer.grpc_status = status;
    answer.message = message;
    return answer;
  }
  GrpcProbe probe(const std::string& service = "") const {
    return {"server", server.port, service};
  }
};

}  // namespace

TEST_CASE_METHOD(GrpcWorld, "a server that serves passes", "[grpc_probe]") {
  say(ok(kServing), GENERATE(false, true));
  CHECK(ask(probe("echo")).verdict == Verdict::pass);
  CHECK(grpc->headers[":path"] == "/grpc.health.v1.Health/Check");
  CHECK(grpc->headers[":method"] == "POST");
  CHECK(grpc->headers[":authority"] == "server:" + std::to_string(server.port));
  CHECK(grpc->headers["content-type"] == "application/grpc");
  CHECK(grpc->headers["te"] == "trailers");
  CHECK(grpc->body == health_check_request("echo"));
  CHECK(target_of(probe("echo")) == "grpc://server:" + std::to_string(server.port) + "/echo");
}

TEST_CASE_METHOD(GrpcWorld, "any other answer is not yet, and says why", "[grpc_probe]") {
  const auto [answer, why] = GENERATE(table<Answer, std::string>({
      {ok(kNotServing), "the service \"echo\" says NOT_SERVING"},
      {ok(std::string("\0\0\0\0\0", 5)), "the service \"echo\" says that its state is UNKNOWN"},
      {ok("rubbish"), "the answer to the health check cannot be read"},
      {ok(""), "the answer to the health check cannot be read"},
      {failed("5"), "the server does not know the service \"echo\""},
      {failed("12"), "the server has no health service (grpc.health.v1.Health)"},
      {failed("14", "warming%20up"), "the health check failed with gRPC status 14: warming up"},
      {Answer{"404", "", "", "", false, 0}, "the answer is not gRPC; its HTTP status is 404"},
      {Answer{"200", "", "", "", false, NGHTTP2_REFUSED_STREAM},
       "the server gave the call up: REFUSED_STREAM"},
      {ok(std::string(100'000, 'x')), "the response is longer than 64 KiB"},
  }));
  say(answer);
  const ProbeResult result = ask(probe("echo"));
  CHECK(result.verdict == Verdict::not_yet);
  CHECK(result.reason == why);
}

TEST_CASE_METHOD(GrpcWorld, "a server of another kind is told from one that speaks HTTP/2",
                 "[grpc_probe]") {
  const std::string greeting =
      GENERATE(std::string("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
               std::string("220 mail.example.org ESMTP\r\n"), std::string(200, '\0'));
  server.on_client = [&](Client& client) { client.say(greeting); };
  CHECK(ask(probe()).reason == "the server does not speak HTTP/2");
}

TEST_CASE_METHOD(GrpcWorld, "a server that hangs up or is silent is not there yet",
                 "[grpc_probe]") {
  server.on_bytes = [](Client& client) { client.hang_up(); };
  CHECK_THAT(ask(probe()).reason, has_text("no answer to the health check: "));
  server.on_bytes = nullptr;
  check_silence(probe(), "connected, but no answer to the health check within ");
}

TEST_CASE_METHOD(GrpcWorld, "a connection that is made as the time runs out does not prolong it",
                 "[grpc_probe]") {
  // Connected, and then held up beyond the limit, as by a container that is paused: the loop meets
  // both in one turn.
  Timer held_up(loop);
  const ProbeConfig config = probe();  // outlives what is made of it
  const auto asked = make_probe(config, context);
  std::optional<ProbeResult> answer;
  asked->start(Millis{20}, [&](ProbeResult result) { answer = std::move(result); });
  held_up.start(Millis{0}, [] { std::this_thread::sleep_for(Millis{50}); });
  REQUIRE(loop_until(loop, [&] { return answer.has_value(); }));
  CHECK(answer->verdict == Verdict::not_yet);
}

TEST_CASE_METHOD(GrpcWorld, "a grpc probe destroyed on its way leaves nothing", "[grpc_probe]") {
  bool asked = false;
  server.on_bytes = [&](Client&) { asked = true; };
  uv_run(&loop.uv(), UV_RUN_NOWAIT);
  const std::size_t before = open_descriptors();
  const ProbeConfig config = probe();
  auto made = make_probe(config, context);
  made->start(Millis{60'000}, [](const ProbeResult&) { FAIL("nobody wants to know any more"); });
  REQUIRE(loop_until(loop, [&] { return asked; }));
  made.reset();
  server.clients.clear();
  uv_run(&loop.uv(), UV_RUN_NOWAIT);
  CHECK(open_descriptors() == before);
}
