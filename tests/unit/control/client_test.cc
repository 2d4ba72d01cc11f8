#include "init/control/client.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

#include "init/control/listener.h"
#include "tests/catch.h"
#include "tests/scratch.h"

using namespace usher;

namespace {

// Listens, and does with each connection what the test says, on a thread of its own.
struct FakeServer {
  Scratch scratch;
  ControlAddress address = control_address(scratch.path("s"));
  Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::thread thread;

  FakeServer() {
    REQUIRE(::bind(fd.get(), address.get(), address.length) == 0);
    REQUIRE(::listen(fd.get(), 4) == 0);
  }
  ~FakeServer() {
    if (thread.joinable()) thread.join();
  }
  void serve(std::function<void(int)> with) {
    thread = std::thread([this, with = std::move(with)] {
      const Fd connection(::accept4(fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
      with(connection.get());
    });
  }
};

std::string read_line(int fd) {
  std::string line;
  for (char c; ::read(fd, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

void say(int fd, std::string_view text) {
  static_cast<void>(::send(fd, text.data(), text.size(), MSG_NOSIGNAL));
}

constexpr Millis kLong{60'000};

}  // namespace

TEST_CASE_METHOD(FakeServer, "a client asks one line and reads what comes, line by line",
                 "[client]") {
  std::string asked;
  serve([&asked](int connection) {
    asked = read_line(connection);
    for (const char c : std::string_view("one\ntwo\n")) say(connection, std::string_view(&c, 1));
  });
  ControlClient client;
  std::string line;
  CHECK(client.connect(address, kLong) == "");
  CHECK(client.send({}) == "");
  CHECK(client.next_line(line, kLong) == "");
  CHECK(line == "one");
  CHECK(client.next_line(line, std::nullopt) == "");
  CHECK(line == "two");
  CHECK(client.next_line(line, std::nullopt) == "usher has hung up without an answer");
  CHECK(client.ended());
  thread.join();
  CHECK(read_request(asked).request->ask == Ask::status);
}

TEST_CASE("where nobody listens, the client says so at once", "[client]") {
  Scratch scratch;
  ControlClient client;
  const std::string path = scratch.path("none");
  CHECK(client.connect(control_address(path), kLong) == "no usher listens at " + path);
  CHECK(client.nobody_there());
  CHECK_THAT(client.connect(control_address("@no-such-usher"), kLong),
             has_text("no usher listens at @no-such"));
  CHECK(client.nobody_there());
}

TEST_CASE_METHOD(FakeServer, "a server that says nothing, or half a line, is given up at the limit",
                 "[client]") {
  const bool half = GENERATE(false, true);
  serve([half](int connection) {
    if (half) say(connection, "{\"v\":1");
    read_line(connection);
    read_line(connection);  // until the client has gone
  });
  std::string line;
  {
    ControlClient client;
    CHECK(client.connect(address, kLong) == "");
    CHECK(client.send({}) == "");
    CHECK(client.next_line(line, Millis{30}) == "no answer from usher within 30ms");
    CHECK_FALSE(client.ended());
  }
}

TEST_CASE_METHOD(FakeServer, "a server that never ends its line is given up, too", "[client]") {
  serve([](int connection) {
    const std::string much(65'536, 'x');
    while (::send(connection, much.data(), much.size(), MSG_NOSIGNAL) > 0) {
    }
  });
  std::string line;
  ControlClient client;
  CHECK(client.connect(address, kLong) == "");
  CHECK(client.next_line(line, kLong) == "usher's answer has no end");
  client = ControlClient();
}

TEST_CASE_METHOD(FakeServer, "an answer that comes before the question is read", "[client]") {
  serve([](int connection) { say(connection, "too many\n"); });
  ControlClient client;
  CHECK(client.connect(address, kLong) == "");
  thread.join();
  std::string line;
  CHECK(client.send({}) == "");
  CHECK(client.next_line(line, kLong) == "");
  CHECK(line == "too many");
}

TEST_CASE_METHOD(FakeServer, "a listener that accepts nothing does not hold the client",
                 "[client]") {
  std::vector<ControlClient> others(8);
  std::string problem;
  for (ControlClient& one : others)
    if (problem.empty()) problem = one.connect(address, Millis{50});
  CHECK_THAT(problem, has_text("does not accept"));
}

TEST_CASE("more names than a request holds are refused", "[client]") {
  ControlClient client;
  ControlRequest request;
  request.ask = Ask::health;
  request.checks = {std::string(5'000, 'x')};
  CHECK_THAT(client.send(request),
             has_text("too many names"));
}

TEST_CASE("who answers for usher is PID 1, root, the user who asks or the user of PID 1", "[client]") {
  constexpr uid_t kStranger = 61'234;
  CHECK(may_answer({1, kStranger}));
  CHECK(may_answer({7, 0}));
  CHECK(may_answer({7, ::geteuid()}));
  struct stat first {};
  REQUIRE(::stat("/proc/1", &first) == 0);
  CHECK(may_answer({7, first.st_uid}));
  CHECK_FALSE(may_answer({7, kStranger}));
  CHECK_FALSE(may_answer({0, kStranger}));
}

TEST_CASE_METHOD(FakeServer, "a stranger who listens is not asked", "[client]") {
  if (::geteuid() != 0) return;
  // Who listens is who called listen(); the bare call changes this thread only.
  REQUIRE(::syscall(SYS_setresuid, -1, 61'234, -1) == 0);
  REQUIRE(::listen(fd.get(), 4) == 0);
  ::syscall(SYS_setresuid, -1, 0, -1);
  ControlClient client;
  CHECK_THAT(client.connect(address, kLong), has_text("is user 61234, process "));
  CHECK_THAT(client.connect(address, kLong), has_text("is not believed"));
  CHECK_FALSE(client.nobody_there());
}
