#include "init/observe/log_writer.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "init/loop/loop.h"
#include "tests/catch.h"
#include "tests/scratch.h"

using namespace usher;

namespace {

struct SmallPipe {
  Fd read_end, write_end;
  SmallPipe() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);  // blocking, as a container engine's is
    read_end = Fd(ends[0]);
    write_end = Fd(ends[1]);
    ::fcntl(ends[1], F_SETPIPE_SZ, 4096);
  }
  std::string take() const {
    std::string text(1 << 20, '\0');
    const ssize_t got = ::read(read_end.get(), text.data(), text.size());
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }
};

}  // namespace

TEST_CASE("a reader that does not read is not waited for, and loses the oldest lines", "[log_writer]") {
  const SmallPipe pipe;
  std::string problem;
  auto writer = LogWriter::open(std::to_string(pipe.write_end.get()), problem);
  REQUIRE(problem.empty());
  const std::string filler(990, '.');
  for (int i = 0; i < 200; ++i) writer.write(std::to_string(i) + filler + '\n');
  CHECK(writer.take_dropped() > 50);
  CHECK((::fcntl(pipe.write_end.get(), F_GETFL) & O_NONBLOCK) == 0);  // the shared one is as it was

  std::string all = pipe.take();
  for (int i = 0; i < 50; ++i) {
    writer.write("tick\n");
    all += pipe.take();
  }
  CHECK(all.starts_with("0.."));
  CHECK(all.find("\n199..") != std::string::npos);  // the newest was kept
  // Whatever was dropped, no line is torn.
  for (std::size_t at = 0; at < all.size();) {
    const auto end = all.find('\n', at);
    if (end == std::string::npos) break;
    const auto line = std::string_view(all).substr(at, end - at);
    CHECK((line == "tick" || line.ends_with(filler)));
    at = end + 1;
  }
}

TEST_CASE("what was kept goes out when the reader reads again", "[log_writer]") {
  const SmallPipe pipe;
  std::string problem;
  Loop loop;  // outlives what is attached to it
  auto writer = LogWriter::open(std::to_string(pipe.write_end.get()), problem);
  writer.attach(loop);
  const std::string filler(2000, '.');
  for (int i = 0; i < 10; ++i) writer.write(filler + '\n');
  std::string all;
  while (all.size() < 10 * 2001) {
    all += pipe.take();
    uv_run(&loop.uv(), UV_RUN_NOWAIT);
  }
  CHECK(all.size() == 10 * 2001);
  CHECK(writer.take_dropped() == 0);
}

TEST_CASE("a reader that goes on reading gets the last lines as well", "[log_writer]") {
  SmallPipe pipe;
  std::string problem;
  const std::string filler(2000, '.');
  std::string all;
  {
    auto writer = LogWriter::open(std::to_string(pipe.write_end.get()), problem);
    pipe.write_end.reset();
    for (int i = 0; i < 10; ++i) writer.write(filler + '\n');
    std::thread reader([&] {
      for (std::string part; !(part = pipe.take()).empty();) all += part;
    });
    writer.finish(std::chrono::minutes{10}, std::chrono::minutes{10});
    { const auto gone = std::move(writer); }
    reader.join();
  }
  CHECK(all.size() == 10 * 2001);
}

TEST_CASE("a reader that has stopped is given up at the end", "[log_writer]") {
  const SmallPipe pipe;
  std::string problem;
  auto writer = LogWriter::open(std::to_string(pipe.write_end.get()), problem);
  for (int i = 0; i < 10; ++i) writer.write(std::string(2000, '.') + '\n');
  writer.finish();  // comes back
  CHECK(pipe.take().size() < 10 * 2001);
}

TEST_CASE("a reader that has gone costs lines and nothing else", "[log_writer]") {
  SmallPipe pipe;
  std::string problem;
  sigset_t pipe_signal;
  ::sigemptyset(&pipe_signal);
  ::sigaddset(&pipe_signal, SIGPIPE);
  ::sigprocmask(SIG_BLOCK, &pipe_signal, nullptr);
  auto writer = LogWriter::open(std::to_string(pipe.write_end.get()), problem);
  pipe.read_end.reset();
  writer.write("one\n");
  CHECK(writer.take_dropped() == 1);
  const timespec now{};
  ::sigtimedwait(&pipe_signal, nullptr, &now);  // take our own SIGPIPE off again
}

TEST_CASE("a log file is appended to", "[log_writer]") {
  const Scratch scratch;
  std::string problem;
  const std::string path = scratch.write("log", "old\n");
  {
    auto writer = LogWriter::open(path, problem);
    writer.write("new\n");
  }
  CHECK(problem.empty());
  CHECK(scratch.read("log") == "old\nnew\n");
}

TEST_CASE("a line that did not fit on the disk leaves the next one whole", "[log_writer]") {
  const Scratch scratch;
  std::string problem;
  auto writer = LogWriter::open(scratch.path("log"), problem);
  REQUIRE(problem.empty());
  // Beyond this a write is short, and the next one fails, as where the disk is full.
  rlimit before;
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{15, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  for (const char* line : {"one line\n", "another line\n", "a third one\n"}) writer.write(line);
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  writer.write("the last\n");
  writer.write("of all\n");
  CHECK(scratch.read("log") == "one line\nanothe\nthe last\nof all\n");
  CHECK(writer.take_dropped() == 2);
}

TEST_CASE("a destination that does not work is said, and stderr used", "[log_writer]") {
  std::string problem;
  auto one = LogWriter::open("/no/such/directory/log", problem);
  CHECK(problem.find("/no/such/directory/log") != std::string::npos);
  problem.clear();
  auto two = LogWriter::open("987", problem);
  CHECK(problem.find("987") != std::string::npos);
}
