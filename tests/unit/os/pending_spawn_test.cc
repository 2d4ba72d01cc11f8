#include "init/os/pending_spawn.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "tests/catch.h"
#include "tests/scratch.h"
#include "tests/slow_program.h"

using namespace usher;
using Word = PendingSpawn::Word;

namespace {

struct Starts {
  PendingSpawns starts;
  SpawnRequest request;

  SpawnResult start(Argv argv) {
    request.argv = std::move(argv);
    request.environment = {"PATH=/usr/bin:/bin"};
    return starts.spawn(request);
  }
  // How it ended, as a shell has it; it may have been killed before.
  static int end_of(pid_t pid) {
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  static void wait_until_stopped(pid_t pid) {
    siginfo_t info;
    REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED | WNOWAIT) == 0);
  }
};

}  // namespace

TEST_CASE_METHOD(Starts, "what executes at once is known to when it has been started", "[pending_spawn]") {
  const SpawnResult result = start({"sh", "-c", "exit 3"});
  REQUIRE(result.pid > 0);
  CHECK_FALSE(result.late);
  CHECK(starts.word(result.pid) == Word::executes);
  CHECK(end_of(result.pid) == 3);
  CHECK(starts.take(result.pid) == nullptr);
}

TEST_CASE_METHOD(Starts, "what fails at once is known with its reason", "[pending_spawn]") {
  const SpawnResult result = start({"/no/such/program"});
  CHECK(result.pid == -1);
  CHECK(result.stage == SpawnStage::exec);
  CHECK(result.error == ENOENT);
  CHECK(result.path == "/no/such/program");
  CHECK(end_of(result.unborn) == 127);
}

TEST_CASE_METHOD(Starts, "nobody waits for a program that cannot be reached", "[pending_spawn]") {
  SlowProgram program("#!/bin/sh\nexit 4\n");
  const SpawnResult result = start({program.path()});
  REQUIRE(result.pid > 0);
  CHECK(result.late);
  CHECK(starts.word(result.pid) == Word::none);
  const int report = starts.watch(result.pid);

  SECTION("it executes when it can be") {
    program.let_go();
    pollfd said{report, POLLIN, 0};
    CHECK(::poll(&said, 1, -1) == 1);
    CHECK(starts.word(result.pid) == Word::executes);
    CHECK(end_of(result.pid) == 4);
    const auto late = starts.take(result.pid);
    REQUIRE(late);
    CHECK_FALSE(late->failed());
  }
  SECTION("others are started meanwhile") {
    CHECK_FALSE(start({"true"}).late);
    CHECK(starts.word(result.pid) == Word::none);
    ::kill(result.pid, SIGKILL);
    CHECK(end_of(result.pid) == 128 + SIGKILL);
  }
  SECTION("it is killed with its group, as all are") {
    ::kill(-result.pid, SIGKILL);
    CHECK(end_of(result.pid) == 128 + SIGKILL);
    CHECK_FALSE(starts.take(result.pid)->failed());
  }
  SECTION("it is not forgotten while it is watched") {
    program.let_go();
    CHECK(end_of(result.pid) == 4);
    starts.look();
    CHECK(::fcntl(report, F_GETFD) != -1);
    starts.settle(result.pid);
    starts.look();
    CHECK(::fcntl(report, F_GETFD) == -1);
    CHECK(starts.take(result.pid) == nullptr);
  }
}

TEST_CASE_METHOD(Starts, "a failure that comes late has its reason as well", "[pending_spawn]") {
  SlowProgram program("no program at all");
  const SpawnResult result = start({program.path()});
  REQUIRE(result.late);
  program.let_go();
  CHECK(end_of(result.pid) == 127);
  starts.look();
  const auto late = starts.take(result.pid);
  REQUIRE(late);
  REQUIRE(late->failed());
  CHECK(late->failure().error == ENOEXEC);
  CHECK(late->failure().stage == SpawnStage::exec);
  CHECK(late->failure().unborn == result.pid);
  CHECK(late->failure().path == program.path());
  CHECK(late->request().argv == Argv{program.path()});
}

TEST_CASE_METHOD(Starts, "who is stopped before it executes anything goes on", "[pending_spawn]") {
  SlowProgram program("#!/bin/sh\nexit 5\n");
  const SpawnResult result = start({program.path()});
  REQUIRE(result.late);
  ::kill(result.pid, SIGSTOP);
  wait_until_stopped(result.pid);
  starts.look();
  program.let_go();
  CHECK(end_of(result.pid) == 5);
}

TEST_CASE_METHOD(Starts, "the wait becomes short where each is late, and long again", "[pending_spawn]") {
  SlowProgram program("#!/bin/sh\n");
  const auto late_after = [&] {
    const auto begun = std::chrono::steady_clock::now();
    const SpawnResult result = start({program.path()});
    CHECK(result.late);
    ::kill(result.pid, SIGKILL);
    end_of(result.pid);
    starts.take(result.pid);
    return std::chrono::steady_clock::now() - begun;
  };
  CHECK(late_after() >= PendingSpawns::kPatience);
  for (int i = 0; i < 10; ++i) late_after();
  CHECK(starts.patience() == std::chrono::milliseconds{1});
  program.let_go();
  for (int i = 0; i < 10; ++i) end_of(start({"true"}).pid);
  CHECK(starts.patience() > std::chrono::milliseconds{1});
}

TEST_CASE_METHOD(Starts, "a child leaves our errno alone", "[pending_spawn]") {
  SlowProgram program("no program at all");
  const SpawnResult result = start({program.path()});
  REQUIRE(result.late);
  errno = 12345;
  program.let_go();
  siginfo_t info;
  REQUIRE(::waitid(P_PID, static_cast<id_t>(result.pid), &info, WEXITED | WNOWAIT) == 0);
  CHECK(errno == 12345);
  CHECK(end_of(result.pid) == 127);
}

TEST_CASE_METHOD(Starts, "a placed descriptor may have the number that the report has", "[pending_spawn]") {
  const Scratch scratch;
  const std::string path = scratch.write("file", "text");
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  // The pipe of the report will have the next two numbers.
  int next[2];
  REQUIRE(::pipe2(next, O_CLOEXEC) == 0);
  for (const int number : next) ::close(number);
  request.descriptors = {{file.get(), next[0]}, {file.get(), next[1]}};
  const SpawnResult result = start({"/no/such/program"});
  CHECK(result.pid == -1);
  CHECK(result.error == ENOENT);
  CHECK(end_of(result.unborn) == 127);
}

TEST_CASE_METHOD(Starts, "a directory that may not be searched hides no program in the next", "[pending_spawn]") {
  const Scratch good;
  const Scratch bad;
  good.write("prog", "#!/bin/sh\nexit 6\n", 0755);
  bad.write("prog", "#!/bin/sh\nexit 7\n", 0644);  // EACCES, whoever asks
  request.argv = {"prog"};
  request.environment = {"PATH=" + bad.path("") + ":" + good.path("")};
  CHECK(end_of(starts.spawn(request).pid) == 6);
  request.environment = {"PATH=" + bad.path("") + ":/no/such"};
  const SpawnResult result = starts.spawn(request);
  CHECK(result.error == EACCES);
  CHECK(result.path == bad.path("") + "/prog");
  CHECK(end_of(result.unborn) == 127);
}

TEST_CASE_METHOD(Starts, "a child has the mask that we were given", "[pending_spawn]") {
  const Scratch scratch;
  ::sigemptyset(&request.signals.mask);
  ::sigaddset(&request.signals.mask, SIGUSR1);
  const auto mask_is = [&](const std::string& bits) {
    return end_of(start({"grep", "-q", "^SigBlk:.*" + bits + "$", "/proc/self/status"}).pid) == 0;
  };
  CHECK(mask_is("0000000000000200"));
  ::sigemptyset(&request.signals.mask);
  CHECK(mask_is("0000000000000000"));
}

TEST_CASE_METHOD(Starts, "groups are set, and before the user", "[pending_spawn]") {
  if (::geteuid() != 0) return;  // nobody else may
  const Identity nobody{65534, 65533, {65533, 4711}, "nobody", "/"};
  request.identity = &nobody;
  CHECK(end_of(start({"sh", "-c", "test \"$(id -u):$(id -g):$(id -G)\" = '65534:65533:65533 4711'"}).pid) == 0);
  // Our memory is the user's no more than it was.
  CHECK(::prctl(PR_GET_DUMPABLE) == (PendingSpawn::kSharesMemory ? 0 : 1));
  ::prctl(PR_SET_DUMPABLE, 1);
}
