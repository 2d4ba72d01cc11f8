#include "init/os/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "init/os/fd.h"
#include "tests/catch.h"
#include "tests/scratch.h"

using namespace usher;

namespace {

// Takes over for as long as the test lasts.
struct TakenOver {
  InheritedSignals inherited = take_over_signals();
  SignalDescriptor signals;
  TakenOver() { REQUIRE(signals.open() == 0); }
  ~TakenOver() { ::sigprocmask(SIG_SETMASK, &inherited.mask, nullptr); }

  std::vector<int> come() {
    std::vector<int> all;
    for (ReceivedSignal received; signals.next(received);) all.push_back(received.signo);
    return all;
  }
};

}  // namespace

TEST_CASE("a signal is ignored where whoever started us has asked for that", "[signals]") {
  CHECK_FALSE(is_ignored(SIGUSR2));
  std::signal(SIGUSR2, SIG_IGN);
  CHECK(is_ignored(SIGUSR2));
  std::signal(SIGUSR2, SIG_DFL);
  CHECK_FALSE(is_ignored(SIGUSR2));
}

TEST_CASE_METHOD(TakenOver, "what our own writes raise is left out", "[signals]") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  CHECK(::write(ends[1], "x", 1) == -1);
  ::close(ends[1]);

  const Scratch scratch;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit nothing{0, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &nothing) == 0);
  const Fd file(::open(scratch.path("file").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const auto wrote = ::write(file.get(), "x", 1);
  ::setrlimit(RLIMIT_FSIZE, &before);
  CHECK(wrote == -1);

  sigset_t waiting;
  ::sigpending(&waiting);
  CHECK(::sigismember(&waiting, SIGPIPE) == 1);
  CHECK(::sigismember(&waiting, SIGXFSZ) == 1);
  CHECK(come().empty());
}

TEST_CASE_METHOD(TakenOver, "the same signals from somebody else are taken", "[signals]") {
  const pid_t sender = ::fork();
  if (sender == 0) {
    ::kill(::getppid(), SIGPIPE);
    ::kill(::getppid(), SIGXFSZ);
    ::_exit(0);
  }
  REQUIRE(::waitpid(sender, nullptr, 0) == sender);
  std::vector<int> all = come();
  std::erase(all, SIGCHLD);
  CHECK(all == std::vector{SIGPIPE, SIGXFSZ});
}

namespace {

int told = -1;  // what is left of an answer that ends with its process

int code_after_abort(void (*say)(int), std::string& seen) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    told = writing.get();
    answer_aborts([] { static_cast<void>(::write(told, "kill ", 5) == 5); }, say, 99);
    errno = ENOSPC;
    std::abort();
  }
  writing = Fd();
  for (char c; ::read(reading.get(), &c, 1) == 1;) seen += c;
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("abort() kills, says why and ends with a code", "[signals]") {
  std::string seen;
  CHECK(code_after_abort([](int error) {
    static_cast<void>(error == ENOSPC && ::write(told, "full", 4) == 4);
  }, seen) == 99);
  CHECK(seen == "kill full");
}

TEST_CASE("an answer to abort() that aborts in turn, or hangs, ends all the same", "[signals]") {
  std::string seen;
  CHECK(code_after_abort([](int) { std::abort(); }, seen) == 99);
  CHECK(code_after_abort([](int) { for (;;) ::pause(); }, seen) == 99);
  CHECK(seen == "kill kill ");
}
