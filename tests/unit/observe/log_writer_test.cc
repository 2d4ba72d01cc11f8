#include "init/observe/log_writer.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <iterator>
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
  bool has_some() const {
    pollfd reader{read_end.get(), POLLIN, 0};
    return ::poll(&reader, 1, 0) == 1;
  }
};

// From now on the kernel answers this call of this process with an error.
bool forbid(unsigned call, unsigned error) {
  sock_filter filter[] = {
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, call},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | error},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
  };
  const sock_fprog program{std::size(filter), filter};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

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

TEST_CASE("a reader that does not read is not waited for without room for descriptors", "[log_writer]") {
  const SmallPipe pipe;
  std::string problem;
  auto writer = LogWriter::open(std::to_string(pipe.write_end.get()), problem);
  rlimit usual;
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &usual) == 0);
  const rlimit none{0, usual.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const std::string filler(2000, '.');
  for (int i = 0; i < 10; ++i) writer.write(filler + '\n');
  std::string all = pipe.take();
  writer.write("last\n");
  ::setrlimit(RLIMIT_NOFILE, &usual);
  while (pipe.has_some()) {
    all += pipe.take();
    writer.release();
  }
  CHECK(all.size() == 10 * 2001 + 5);
  CHECK(writer.take_dropped() == 0);
}

TEST_CASE("an older kernel does not make the writer wait", "[log_writer]") {
  const SmallPipe pipe;
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // it would wait for itself as a reader if it failed
    if (!forbid(SYS_pwritev2, EOPNOTSUPP)) ::_exit(2);
    std::string problem;
    auto writer = LogWriter::open(std::to_string(pipe.write_end.get()), problem);
    writer.write("first\n");
    for (int i = 0; i < 10; ++i) writer.write(std::string(2000, '.') + '\n');
    ::_exit(0);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(pipe.take().starts_with("first\n..."));
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

TEST_CASE("lines that are held go out together", "[log_writer]") {
  const SmallPipe pipe;
  std::string problem;
  auto writer = LogWriter::open(std::to_string(pipe.write_end.get()), problem);
  writer.hold();
  writer.write("stopping\n");
  writer.write("over\n");
  CHECK(!pipe.has_some());
  writer.release();
  CHECK(pipe.take() == "stopping\nover\n");
  writer.write("not held\n");
  CHECK(pipe.take() == "not held\n");
  writer.hold();
  writer.write("the last\n");
  writer.finish();
  CHECK(pipe.take() == "the last\n");
}

TEST_CASE("no more is held than one call takes, and no line is lost or torn", "[log_writer]") {
  const Scratch scratch;
  std::string problem, all;
  {
    auto writer = LogWriter::open(scratch.path("log"), problem);
    writer.hold();
    for (int i = 0; i < 100; ++i) {
      const std::string line = std::to_string(i) + std::string(static_cast<std::size_t>(i), 'x') + '\n';
      all += line;
      writer.write(line);
    }
    const std::string early = scratch.read("log");
    CHECK(early == all.substr(0, early.size()));
    CHECK(all.size() - early.size() <= 4096);
    const std::string large(10'000, 'y');
    writer.write(large + '\n');
    all += large + '\n';
    writer.release();
  }
  CHECK(scratch.read("log") == all);
}

TEST_CASE("a held line that a full disk tears leaves the next one whole", "[log_writer]") {
  const Scratch scratch;
  std::string problem;
  auto writer = LogWriter::open(scratch.path("log"), problem);
  writer.hold();
  for (const char* line : {"one line\n", "another line\n", "a third one\n"}) writer.write(line);
  rlimit before;
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{15, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  writer.release();
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  writer.write("the last\n");
  CHECK(scratch.read("log") == "one line\nanothe\nthe last\n");
  CHECK(writer.take_dropped() == 2);
}

TEST_CASE("to a socket each held line is a message of its own", "[log_writer]") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) == 0);
  const Fd reader(ends[0]), other(ends[1]);
  std::string problem;
  auto writer = LogWriter::open(std::to_string(other.get()), problem);
  writer.hold();
  writer.write("one\n");
  writer.write("two\n");
  writer.release();
  char text[64];
  for (const std::string_view line : {"one\n", "two\n"}) {
    const ssize_t got = ::recv(reader.get(), text, sizeof text, MSG_DONTWAIT);
    REQUIRE(got > 0);
    CHECK(std::string_view(text, static_cast<std::size_t>(got)) == line);
  }
}

TEST_CASE("a destination that does not work is said, and stderr used", "[log_writer]") {
  std::string problem;
  auto one = LogWriter::open("/no/such/directory/log", problem);
  CHECK(problem.find("/no/such/directory/log") != std::string::npos);
  problem.clear();
  auto two = LogWriter::open("987", problem);
  CHECK(problem.find("987") != std::string::npos);
}

TEST_CASE("where a descriptor cannot be duplicated it is used as it is, and stays open", "[log]") {
  SmallPipe pipe;
  rlimit before;
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  std::string problem;
  {
    rlimit none = before;
    none.rlim_cur = 0;  // what is open may still be used
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    LogWriter writer = LogWriter::open(std::to_string(pipe.write_end.get()), problem);
    writer.write("one\n");
    LogWriter moved = std::move(writer);
    moved.write("two\n");
    moved.finish();
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  }
  CHECK(problem.empty());
  CHECK(pipe.take() == "one\ntwo\n");
  CHECK(::write(pipe.write_end.get(), "x", 1) == 1);
}

TEST_CASE("a descriptor that is used as it is stays open when its reader falls behind", "[log]") {
  SmallPipe pipe;
  rlimit before;
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  std::string problem;
  {
    rlimit none = before;
    none.rlim_cur = 0;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    LogWriter writer = LogWriter::open(std::to_string(pipe.write_end.get()), problem);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    const std::string line(1000, 'a');
    for (int i = 0; i < 10; ++i) writer.write(line + '\n');
  }
  CHECK_FALSE(pipe.take().empty());
  CHECK(::write(pipe.write_end.get(), "x", 1) == 1);
}
