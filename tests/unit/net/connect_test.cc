#include "init/net/connect.h"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <cstring>
#include <thread>

#include "tests/catch.h"
#include "tests/fake/dns_server.h"
#include "tests/loop_until.h"
#include "tests/open_descriptors.h"
#include "tests/scratch.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

// A listening socket; nobody accepts, the kernel's queue does.
struct Listener {
  Fd fd;
  Address address;

  explicit Listener(Address at, int backlog = 16)
      : fd(::socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)), address(at) {
    REQUIRE(::bind(fd.get(), at.get(), at.length) == 0);
    REQUIRE(::listen(fd.get(), backlog) == 0);
    if (at.family() == AF_UNIX) return;
    address.length = sizeof address.storage;
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address.storage), &address.length);
  }
  std::uint16_t port() const {
    return ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
  }
};

std::uint16_t unused_port() { return Listener(*parse_address("127.0.0.1", 0)).port(); }

struct Harness {
  Loop loop;
  Scratch scratch;
  std::unique_ptr<Resolver> resolver;
  std::unique_ptr<Connector> connector;
  Fd connection;
  std::string reason;
  int calls = 0;

  explicit Harness(const std::string& hosts = "") {
    Resolver::Sources sources;
    sources.hosts = scratch.write("hosts", hosts);
    sources.servers = "127.0.0.1:1";
    resolver = std::make_unique<Resolver>(loop, sources);
    connector = std::make_unique<Connector>(loop, *resolver);
  }
  void connect(const Endpoint& endpoint, std::chrono::milliseconds timeout = 60s) {
    calls = 0;
    connector->start(endpoint, timeout, [this](Fd fd, std::string why) {
      ++calls;
      connection = std::move(fd);
      reason = std::move(why);
    });
    CHECK(calls == 0);
    REQUIRE(loop_until(loop, [this] { return calls > 0; }));
    CHECK(calls == 1);
    CHECK(static_cast<bool>(connection) == reason.empty());
  }
};

}  // namespace

TEST_CASE("a connection is handed over non-blocking and close-on-exec", "[connect]") {
  const Listener listener(*parse_address("127.0.0.1", 0));
  Harness harness;
  harness.connect({"localhost", listener.port(), {}});
  REQUIRE(harness.connection);
  CHECK((::fcntl(harness.connection.get(), F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(harness.connection.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("UNIX sockets are connected to by path and by abstract name", "[connect]") {
  Harness harness;
  const std::string path = GENERATE(true, false)
                               ? harness.scratch.path("socket")
                               : "@usher-connect-test-" + std::to_string(::getpid());
  harness.connect({{}, 0, path});
  CHECK_THAT(harness.reason, has_text("cannot connect to " + path + ": "));
  const Listener listener(*unix_address(path));
  harness.connect({{}, 0, path});
  CHECK(harness.connection);
}

TEST_CASE("no handshake begins once the time is over", "[connect]") {
  Harness harness;
  const std::string path = harness.scratch.path("socket");
  const Listener listener(*unix_address(path));
  // It is accepted from inside start(), and its time is over before the loop hears of that.
  harness.connector->start({{}, 0, path, TlsUse{}}, 60s, [&](Fd, std::string why) {
    ++harness.calls;
    harness.reason = std::move(why);
  });
  harness.connector->expire();
  REQUIRE(loop_until(harness.loop, [&] { return harness.calls > 0; }));
  CHECK(harness.reason == "connected, but the TLS handshake was not done in time");
}

TEST_CASE("a UNIX socket whose queue is full is not there yet", "[connect]") {
  Harness harness;
  const std::string path = harness.scratch.path("socket");
  const Listener listener(*unix_address(path), 0);
  std::vector<Fd> waiting;
  do {
    harness.connect({{}, 0, path});
    waiting.push_back(std::move(harness.connection));
  } while (harness.reason.empty() && waiting.size() < 100);
  CHECK_THAT(harness.reason, has_text("Resource temporarily unavailable"));
}

TEST_CASE("the reason names the address and what it said", "[connect]") {
  Harness harness("127.0.0.1 redis\n::1 redis\n127.0.0.2 single\n");
  const std::uint16_t port = unused_port();
  const std::string number = std::to_string(port);
  harness.connect({"single", port, {}});
  CHECK(harness.reason == "cannot connect to single:" + number + ": 127.0.0.2: Connection refused");
  harness.connect({"127.0.0.1", port, {}});
  CHECK(harness.reason == "cannot connect to 127.0.0.1:" + number + ": Connection refused");
  harness.connect({"redis", port, {}});
  CHECK_THAT(harness.reason, has_text("127.0.0.1: Connection refused; ::1: "));
  harness.connect({"absent", port, {}});
  CHECK_THAT(harness.reason, has_text("cannot resolve \"absent\": "));
  harness.connect({{}, 0, "/" + std::string(200, 'x')});
  CHECK_THAT(harness.reason, has_text("too long for a socket"));
}

TEST_CASE("an address that refuses does not hide one that accepts", "[connect]") {
  const Listener listener(*parse_address("127.0.0.3", 0));
  Harness harness("127.0.0.1 redis\n127.0.0.2 redis\n127.0.0.3 redis\n");
  harness.connect({"redis", listener.port(), {}});
  CHECK(harness.connection);
}

TEST_CASE("an address that is silent does not hide one that accepts", "[connect]") {
  // A queue of TCP that is full drops what comes: as silent as an address that is not there.
  const Listener silent(*parse_address("127.0.0.4", 0), 0);
  const Listener listener(*parse_address("127.0.0.5", silent.port()));
  Harness filler;
  std::vector<Fd> waiting;
  do {
    filler.connect({"127.0.0.4", silent.port(), {}}, 200ms);
    waiting.push_back(std::move(filler.connection));
  } while (filler.reason.empty() && waiting.size() < 20);
  CHECK_THAT(filler.reason, has_text("no answer in time"));

  Harness harness("127.0.0.4 redis\n127.0.0.5 redis\n");
  harness.connect({"redis", silent.port(), {}});
  CHECK(harness.connection);
}

TEST_CASE("a port of our own that nobody listens on does not connect us to ourselves",
          "[connect]") {
  // A network of the thread's own, where our side can be given two ports only.
  bool possible = true;
  std::string reason;
  std::thread elsewhere([&] {
    const Fd any(::unshare(CLONE_NEWNET) == 0 ? ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
                                              : -1);
    ifreq loopback{};
    std::strcpy(loopback.ifr_name, "lo");
    loopback.ifr_flags = IFF_UP;
    const Fd range(any ? ::open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY | O_CLOEXEC)
                       : -1);
    possible = ::ioctl(any.get(), SIOCSIFFLAGS, &loopback) == 0 &&
               ::write(range.get(), "40000 40001", 11) == 11;
    Harness harness;
    for (int i = 0; possible && i < 4 && !harness.connection; ++i)
      harness.connect({"127.0.0.1", 40000, {}});
    reason = harness.reason;
  });
  elsewhere.join();
  if (!possible) {
    WARN("only root can make a network to try this in");
    return;
  }
  CHECK_THAT(reason, has_text("Connection refused"));
}

TEST_CASE("a cancelled connector calls nobody and leaves no descriptor", "[connect]") {
  const Listener listener(*parse_address("127.0.0.1", 0));
  Harness harness;
  uv_run(&harness.loop.uv(), UV_RUN_NOWAIT);
  const std::size_t before = open_descriptors();
  bool called = false;
  harness.connector->start({"127.0.0.1", listener.port(), {}}, 60s,
                           [&](const Fd&, const std::string&) { called = true; });
  uv_run(&harness.loop.uv(), UV_RUN_NOWAIT);
  CHECK(open_descriptors() > before);
  harness.connector->cancel();
  uv_run(&harness.loop.uv(), UV_RUN_NOWAIT);
  CHECK(open_descriptors() == before);
  CHECK_FALSE(called);
}
