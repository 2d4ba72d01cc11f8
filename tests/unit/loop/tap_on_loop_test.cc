#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/loop/loop.h"
#include "init/loop/tap.h"
#include "tests/catch.h"
#include "tests/scratch.h"

using namespace usher;

namespace {

struct Sees : Tap::Scanner {
  std::string& seen;
  std::size_t enough;
  Sees(std::string& s, std::size_t e) : seen(s), enough(e) {}
  bool scan(std::string_view bytes) override {
    seen += bytes;
    return seen.size() < enough;
  }
  void end_of_output() override { seen += "$"; }
};

std::string some_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

// Everything here is done by one thread: whatever waits for anybody waits for ever.
struct Harness {
  Loop loop;
  int wakes = 0;
  std::unique_ptr<WakeUp> wake = std::make_unique<WakeUp>(loop, [this] { ++wakes; });
  std::unique_ptr<Tap> tap;
  Pipe in = open_pipe();

  Harness() {
    sigset_t pipe_signal;
    ::sigemptyset(&pipe_signal);
    ::sigaddset(&pipe_signal, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
    REQUIRE(::fcntl(in.write.get(), F_SETFL, O_NONBLOCK) == 0);
  }
  ~Harness() {
    sigset_t pipe_signal;
    ::sigemptyset(&pipe_signal);
    ::sigaddset(&pipe_signal, SIGPIPE);
    const timespec now{};
    ::sigtimedwait(&pipe_signal, nullptr, &now);
  }
  void start(int target, std::unique_ptr<Tap::Scanner> scanner) {
    auto [started, error] =
        Tap::start_on_loop(loop, std::move(in.read), target, std::move(scanner), *wake);
    REQUIRE(error == 0);
    tap = std::move(started);
  }
  void turn() { uv_run(&loop.uv(), UV_RUN_NOWAIT); }
  // The next part of what is to be printed, as far as there is room.
  void print(std::string_view& bytes) {
    const ssize_t put = ::write(in.write.get(), bytes.data(), bytes.size());
    if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
    if (bytes.empty()) in.write.reset();
  }
  void wait_for_end() {
    while (!tap->ended() || wakes == 0) turn();
  }
};

void read_what_is_there(int fd, std::string& into) {
  char buffer[10'000];
  pollfd wanted{fd, POLLIN, 0};
  if (::poll(&wanted, 1, 0) <= 0) return;
  const ssize_t got = ::read(fd, buffer, sizeof buffer);
  if (got > 0) into.append(buffer, static_cast<std::size_t>(got));
}

}  // namespace

TEST_CASE("without a thread every byte arrives, in a pipe or a socket", "[tap]") {
  const bool socket = GENERATE(false, true);
  const std::size_t enough = GENERATE(std::size_t{100'000}, ~std::size_t{0});
  const std::string bytes = some_bytes(1'000'000);
  Harness harness;
  int ends[2];
  REQUIRE((socket ? ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)
                  : ::pipe2(ends, O_CLOEXEC)) == 0);
  const Fd reader(ends[0]), target(ends[1]);
  std::string seen, arrived;
  harness.start(target.get(), std::make_unique<Sees>(seen, enough));
  for (std::string_view left = bytes; arrived.size() < bytes.size();) {
    if (!left.empty()) harness.print(left);
    harness.turn();
    read_what_is_there(reader.get(), arrived);
    REQUIRE(arrived.size() <= harness.tap->moved());
    REQUIRE((seen.size() >= arrived.size() || seen.size() >= enough));  // seen before it can be read
  }
  harness.wait_for_end();
  CHECK(arrived == bytes);
  CHECK(harness.tap->moved() == bytes.size());
  CHECK((::fcntl(target.get(), F_GETFL) & O_NONBLOCK) == 0);  // it is not ours alone
}

TEST_CASE("without a thread nobody waits for a reader that does not read", "[tap]") {
  const std::string bytes = some_bytes(500'000);
  Harness harness;
  Pipe out = open_pipe();
  REQUIRE(::fcntl(out.write.get(), F_SETPIPE_SZ, 4096) == 4096);
  std::string seen, arrived;
  harness.start(out.write.get(), std::make_unique<Sees>(seen, ~std::size_t{0}));
  std::string_view left = bytes;
  while (harness.tap->moved() == 0) {
    harness.print(left);
    harness.turn();
  }
  CHECK_FALSE(harness.tap->idle());
  const auto moved = harness.tap->moved();
  for (int i = 0; i < 100; ++i) harness.turn();
  CHECK(harness.tap->moved() == moved);
  CHECK(seen.size() <= moved + 16 * 1024);  // no more is taken in than can be given on
  CHECK(harness.tap->on_its_way() == bytes.size() - left.size() - moved);
  while (arrived.size() < bytes.size()) {
    read_what_is_there(out.read.get(), arrived);
    if (!left.empty()) harness.print(left);
    harness.turn();
  }
  harness.wait_for_end();
  CHECK(arrived == bytes);
  CHECK(harness.tap->idle());
  CHECK(harness.tap->on_its_way() == 0);
}

TEST_CASE("without a thread a turn of the loop is short, whatever is printed", "[tap]") {
  Harness harness;
  const Fd nothing(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  const std::string bytes(10'000'000, 'x');
  std::string seen;
  harness.start(nothing.get(), std::make_unique<Sees>(seen, ~std::size_t{0}));
  std::string_view left = bytes;
  while (!left.empty()) {
    harness.print(left);
    const std::size_t before = seen.size();
    harness.turn();
    REQUIRE(seen.size() - before <= 64 * 1024);
  }
  harness.wait_for_end();
  CHECK(seen.size() == bytes.size() + 1);
}

TEST_CASE("without a thread files get every byte, and a full disk stops nobody", "[tap]") {
  const Scratch scratch;
  const std::string bytes = some_bytes(50'000);
  const bool full = GENERATE(false, true);
  const Fd file(::open(full ? "/dev/full" : scratch.write("out", "before ").c_str(),
                       O_WRONLY | O_APPEND | O_CLOEXEC));
  Harness harness;
  harness.start(file.get(), nullptr);
  std::string_view left = bytes;
  while (!left.empty()) harness.print(left);
  harness.wait_for_end();
  CHECK(harness.tap->lost() == (full ? bytes.size() : 0));
  CHECK(scratch.read("out") == (full ? "" : "before " + bytes));
}

TEST_CASE("without a thread a writer learns that the reader has gone", "[tap]") {
  Harness harness;
  Pipe out = open_pipe();
  out.read.reset();
  harness.start(out.write.get(), nullptr);
  REQUIRE(::write(harness.in.write.get(), "somebody there?\n", 16) == 16);
  harness.wait_for_end();
  CHECK(::write(harness.in.write.get(), "x", 1) == -1);
  CHECK(errno == EPIPE);
}
