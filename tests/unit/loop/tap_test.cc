#include "init/loop/tap.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <thread>

#include "init/loop/loop.h"
#include "tests/catch.h"
#include "tests/scratch.h"

using namespace usher;

namespace {

struct SeesAll : Tap::Scanner {
  std::string& seen;
  std::size_t enough;
  SeesAll(std::string& s, std::size_t e) : seen(s), enough(e) {}
  bool scan(std::string_view bytes) override {
    seen += bytes;
    return seen.size() < enough;
  }
  void end_of_output() override {}
};

std::string random_bytes(std::size_t size) {
  std::mt19937 random(7);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

// Runs the loop until the tap has come to its end.
struct Harness {
  Loop loop;
  int wakes = 0;
  std::unique_ptr<WakeUp> wake = std::make_unique<WakeUp>(loop, [this] { ++wakes; });
  std::unique_ptr<Tap> tap;
  Pipe in = open_pipe();

  void start(int target, std::unique_ptr<Tap::Scanner> scanner) {
    auto [started, error] = Tap::start(loop, std::move(in.read), target, std::move(scanner), *wake);
    REQUIRE(error == 0);
    tap = std::move(started);
  }
  void wait_for_end() {
    while (!tap->ended() || wakes == 0) uv_run(&loop.uv(), UV_RUN_ONCE);
  }
};

}  // namespace

TEST_CASE("every byte arrives, scanned or moved", "[tap]") {
  const std::size_t scanned = GENERATE(std::size_t{0}, std::size_t{100'000}, ~std::size_t{0});
  const std::string bytes = random_bytes(3'000'000);
  Harness harness;
  Pipe out = open_pipe();
  std::string seen, arrived;
  harness.start(out.write.get(), std::make_unique<SeesAll>(seen, scanned));
  std::thread writer([&] {
    write_all(harness.in.write.get(), bytes);
    harness.in.write.reset();
  });
  std::thread reader([&] {
    char buffer[10'000];
    while (arrived.size() < bytes.size()) {
      const ssize_t got = ::read(out.read.get(), buffer, sizeof buffer);
      if (got <= 0) break;
      arrived.append(buffer, static_cast<std::size_t>(got));
    }
  });
  writer.join();
  reader.join();
  harness.wait_for_end();
  CHECK(arrived == bytes);
  CHECK(seen == bytes.substr(0, seen.size()));
  CHECK(seen.size() >= std::min(scanned, bytes.size()));
  CHECK(harness.tap->moved() == bytes.size());
}

TEST_CASE("bytes have been seen by the time somebody can read them", "[tap]") {
  struct Sees : Tap::Scanner {
    std::atomic<std::size_t>& seen;
    explicit Sees(std::atomic<std::size_t>& s) : seen(s) {}
    bool scan(std::string_view bytes) override {
      seen += bytes.size();
      return true;
    }
    void end_of_output() override {}
  };
  const std::size_t size = GENERATE(std::size_t{10}, std::size_t{50'000});  // copied, moved
  const std::string bytes(size, 'x');
  std::atomic<std::size_t> seen{0};
  Harness harness;
  Pipe out = open_pipe();
  harness.start(out.write.get(), std::make_unique<Sees>(seen));
  for (std::size_t sent = size; sent <= 20 * size; sent += size) {
    write_all(harness.in.write.get(), bytes);
    std::string arrived(size, '\0');
    for (std::size_t got = 0; got < size;) {
      const ssize_t part = ::read(out.read.get(), arrived.data() + got, size - got);
      REQUIRE(part > 0);
      got += static_cast<std::size_t>(part);
      REQUIRE(seen >= sent - size + got);
    }
  }
  harness.in.write.reset();
  harness.wait_for_end();
}

TEST_CASE("a file opened for appending cannot be spliced to, and gets every byte", "[tap]") {
  const bool scanned = GENERATE(false, true);
  const Scratch scratch;
  std::string seen;
  const std::string bytes = random_bytes(500'000);
  const Fd file(::open(scratch.write("out", "before ").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  Harness harness;
  harness.start(file.get(), scanned ? std::make_unique<SeesAll>(seen, ~std::size_t{0}) : nullptr);
  write_all(harness.in.write.get(), bytes);
  harness.in.write.reset();
  harness.wait_for_end();
  CHECK(scratch.read("out") == "before " + bytes);
  CHECK(seen == (scanned ? bytes : ""));
}

TEST_CASE("a writer learns that the reader has gone", "[tap]") {
  sigset_t pipe_signal;
  ::sigemptyset(&pipe_signal);
  ::sigaddset(&pipe_signal, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
  Harness harness;
  Pipe out = open_pipe();
  out.read.reset();
  harness.start(out.write.get(), nullptr);
  write_all(harness.in.write.get(), "somebody there?\n");
  harness.wait_for_end();
  CHECK(::write(harness.in.write.get(), "x", 1) == -1);
  CHECK(errno == EPIPE);
  const timespec now{};
  ::sigtimedwait(&pipe_signal, nullptr, &now);
}

TEST_CASE("a full disk loses bytes and counts them, and stops nobody", "[tap]") {
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  Harness harness;
  harness.start(full.get(), nullptr);
  write_all(harness.in.write.get(), std::string(100'000, 'x'));
  harness.in.write.reset();
  harness.wait_for_end();
  CHECK(harness.tap->lost() == 100'000);
}

TEST_CASE("what a reader has not taken is on its way", "[tap]") {
  constexpr std::size_t kAll = 100'000, kFits = 65'536;
  std::string seen;
  const bool scanned = GENERATE(true, false);
  Harness harness;
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const Fd reader(ends[0]);
  Fd target(ends[1]);
  REQUIRE(::fcntl(target.get(), F_SETPIPE_SZ, kFits) == kFits);
  harness.start(target.get(), scanned ? std::make_unique<SeesAll>(seen, kAll * 2) : nullptr);
  write_all(harness.in.write.get(), std::string(kAll, 'x'));
  const auto is_full = [&target] {
    pollfd wanted{target.get(), POLLOUT, 0};
    return ::poll(&wanted, 1, 0) == 0;
  };
  while (harness.tap->moved() + harness.tap->on_its_way() != kAll || !is_full())
    std::this_thread::yield();
  CHECK(harness.tap->on_its_way() >= kAll - kFits);
  harness.in.write.reset();
  char bytes[4096];
  for (std::size_t got = 0; got < kAll;) got += static_cast<std::size_t>(::read(reader.get(), bytes, sizeof bytes));
  harness.wait_for_end();
  CHECK(harness.tap->on_its_way() == 0);
}

TEST_CASE("a tap with nothing on its way is idle", "[tap]") {
  Harness harness;
  Pipe out = open_pipe();
  harness.start(out.write.get(), nullptr);
  write_all(harness.in.write.get(), "line\n");
  char line[5];
  REQUIRE(::read(out.read.get(), line, 5) == 5);
  while (!harness.tap->idle()) std::this_thread::yield();
  CHECK_FALSE(harness.tap->ended());
  harness.in.write.reset();
  harness.wait_for_end();
  CHECK(harness.tap->idle());
}

TEST_CASE("a scanner that has seen enough is not asked again", "[tap]") {
  struct SeesOnce : Tap::Scanner {
    std::atomic<int>& calls;
    explicit SeesOnce(std::atomic<int>& c) : calls(c) {}
    bool scan(std::string_view) override {
      ++calls;
      return false;
    }
    void end_of_output() override { ++calls; }
  };
  std::atomic<int> calls{0};
  Harness harness;
  Pipe out = open_pipe();
  harness.start(out.write.get(), std::make_unique<SeesOnce>(calls));
  const std::string bytes = random_bytes(3'000'000);  // more than any pipe takes at once
  std::thread writer([&] {
    write_all(harness.in.write.get(), bytes);
    harness.in.write.reset();
  });
  std::size_t arrived = 0;
  char buffer[10'000];
  while (arrived < bytes.size()) {
    const ssize_t got = ::read(out.read.get(), buffer, sizeof buffer);
    REQUIRE(got > 0);
    arrived += static_cast<std::size_t>(got);
  }
  writer.join();
  harness.wait_for_end();
  CHECK(calls == 1);
}
