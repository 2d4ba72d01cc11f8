// A control server on a socket of its own, and clients that a test moves by hand.
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <string>

#include "init/control/address.h"
#include "init/control/server.h"
#include "tests/catch.h"
#include "tests/scratch.h"
#include "tests/unit/control/fake_host.h"

namespace usher {

struct ControlHarness {
  // A client that the test moves by hand.
  struct Client {
    Fd fd;
    std::string got;
    bool ended = false;

    void say(std::string_view text) const {
      REQUIRE(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) == ssize_t(text.size()));
    }
    void take() {
      char bytes[65'536];
      ssize_t count;
      while ((count = ::recv(fd.get(), bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        got.append(bytes, static_cast<std::size_t>(count));
      ended |= count == 0 || (count < 0 && errno != EAGAIN);
    }
  };

  Scratch scratch;
  std::string path = scratch.path("control.sock");
  Loop loop;
  FakeControlHost host;
  std::unique_ptr<ControlServer> server;

  // A machine that stalls is no client that dawdles.
  ControlHarness() { serve({Millis{600'000}, Millis{600'000}}); }
  void serve(Session::Limits limits) {
    server.reset();
    server = std::make_unique<ControlServer>(loop, host, limits);
    REQUIRE(server->open(path) == "");
  }

  Client connect() const {
    const ControlAddress address = control_address(path);
    Client client{Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), {}, false};
    REQUIRE(::connect(client.fd.get(), address.get(), address.length) == 0);
    return client;
  }
  Client ask(std::string_view request) {
    Client client = connect();
    client.say(std::string(request) + '\n');
    return client;
  }
  void turn() { uv_run(&loop.uv(), UV_RUN_NOWAIT); }
  // Turns the loop until it holds; the timer only ends a test that has failed.
  void until(const std::function<bool()>& holds) {
    bool late = false;
    Timer guard(loop);
    guard.start(Millis{300'000}, [&late] { late = true; });
    while (!holds() && !late) uv_run(&loop.uv(), UV_RUN_ONCE);
    REQUIRE_FALSE(late);
  }
  std::string answer_to(Client client) {
    Timer tick(loop);
    std::function<void()> again = [&] { tick.start(Millis{1}, again); };
    again();
    until([&] {
      client.take();
      return client.ended;
    });
    return client.got;
  }
  // Ready, and all that the clients have sent so far has been read.
  void settle() {
    for (int i = 0; i < 20; ++i) turn();
  }

  static std::string request(std::string_view ask, std::string_view more = "") {
    return R"({"v":1,"ask":")" + std::string(ask) + '"' + std::string(more) + '}';
  }
  const std::string kWait = request("health", R"(,"wait_ms":600000)");
};

}  // namespace usher
