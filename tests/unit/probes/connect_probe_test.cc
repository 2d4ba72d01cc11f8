#include "tests/open_descriptors.h"
#include "tests/unit/probes/net_world.h"

using namespace usher;

TEST_CASE_METHOD(NetWorld, "a server passes as soon as it accepts a connection",
                 "[connect_probe]") {
  const auto probe = make_probe(TcpProbe{"server", server.port}, context);
  CHECK(probe->target() == "tcp://server:" + std::to_string(server.port));
  CHECK(ask(*probe).verdict == Verdict::pass);
  CHECK(ask(*probe).verdict == Verdict::pass);
}

TEST_CASE_METHOD(NetWorld, "a server that refuses is not there yet, nor is a name",
                 "[connect_probe]") {
  std::uint16_t unused = 0;
  {
    Loop other;
    unused = FakeTcpServer(other).port;
  }
  const ProbeResult refused = ask(TcpProbe{"server", unused});
  CHECK(refused.verdict == Verdict::not_yet);
  CHECK_THAT(refused.reason, has_text("127.0.0.1: Connection refused"));
  const ProbeResult unknown = ask(TcpProbe{"absent", server.port});
  CHECK(unknown.verdict == Verdict::not_yet);
  CHECK_THAT(unknown.reason, has_text("cannot resolve \"absent\": "));
}

TEST_CASE_METHOD(NetWorld, "a UNIX socket passes when somebody listens on it", "[connect_probe]") {
  const std::string path = scratch.path("socket");
  const auto probe = make_probe(UnixProbe{path}, context);
  CHECK(probe->target() == "unix:" + path);
  CHECK_THAT(ask(*probe).reason, has_text("No such file or directory"));
  const Address address = *unix_address(path);
  const Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(::bind(listener.get(), address.get(), address.length) == 0);
  CHECK_THAT(ask(*probe).reason, has_text("Connection refused"));
  REQUIRE(::listen(listener.get(), 1) == 0);
  CHECK(ask(*probe).verdict == Verdict::pass);
}

TEST_CASE_METHOD(NetWorld, "a probe that is destroyed on its way leaves nothing",
                 "[connect_probe]") {
  uv_run(&loop.uv(), UV_RUN_NOWAIT);
  const std::size_t before = open_descriptors();
  auto probe = make_probe(TcpProbe{"server", server.port}, context);
  probe->start(Millis{60'000}, [](const ProbeResult&) { FAIL("nobody wants to know any more"); });
  uv_run(&loop.uv(), UV_RUN_NOWAIT);
  CHECK(open_descriptors() > before);
  probe.reset();
  uv_run(&loop.uv(), UV_RUN_NOWAIT);
  server.clients.clear();
  CHECK(open_descriptors() == before);
}

TEST_CASE_METHOD(NetWorld, "a probe may be destroyed by its own answer", "[connect_probe]") {
  auto probe = make_probe(TcpProbe{"server", server.port}, context);
  bool answered = false;
  probe->start(Millis{60'000}, [&](const ProbeResult&) {
    probe.reset();
    answered = true;
  });
  CHECK(loop_until(loop, [&] { return answered; }));
}
