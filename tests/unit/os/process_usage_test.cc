#include "init/os/process_usage.h"
#include "init/os/signals.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <thread>

#include "tests/catch.h"

using namespace usher;

namespace {

// A child that holds a number of children of its own until this goes.
class Family {
 public:
  explicit Family(int children) {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    parent_ = ::fork();
    REQUIRE(parent_ >= 0);
    if (parent_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::setpgid(0, 0);
      for (int i = 0; i < children; ++i) {
        if (::fork() != 0) continue;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) ::pause();
      }
      char byte = 'x';
      static_cast<void>(::write(ready[1], &byte, 1) == 1);
      for (;;) ::pause();
    }
    char byte;
    CHECK(::read(ready[0], &byte, 1) == 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~Family() {
    ::kill(-parent_, SIGKILL);
    ::waitpid(parent_, nullptr, 0);
  }
  pid_t parent() const { return parent_; }

 private:
  pid_t parent_ = -1;
};

}  // namespace

TEST_CASE("a look gives way to a signal that waits, where it is asked to", "[process_usage]") {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t self = ::getpid();
  ::raise(SIGCHLD);
  CHECK_FALSE(measure_processes(self, {self}, GivesWay::to_signals).given_up);
  ::raise(SIGUSR1);
  CHECK(measure_processes(self, {self}, GivesWay::to_signals).given_up);
  CHECK_FALSE(measure_processes(self, {self}, GivesWay::no).given_up);
  for (const int signo : {SIGCHLD, SIGUSR1}) drop_pending(signo);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("a process is measured as the kernel sees it", "[process_usage]") {
  const pid_t self = ::getpid();
  // What earlier tests have killed may have come to us, and is still on its way.
  while (measure_processes(self, {self}).processes > 1 && ::waitpid(-1, nullptr, 0) > 0) {
  }
  const ProcessUsage usage = measure_processes(self, {self});
  CHECK(usage.complete);
  CHECK(usage.processes == 1);
  CHECK(usage.threads >= 1);
  CHECK(usage.memory_bytes > 100'000);
  CHECK(usage.descriptors == usage.main_descriptors);
  CHECK(usage.main_descriptors_limit.value_or(0) > 0);
  int more[2];
  REQUIRE(::pipe(more) == 0);
  CHECK(measure_processes(self, {self}).main_descriptors.value_or(0) ==
        usage.main_descriptors.value_or(0) + 2);
  ::close(more[0]);
  ::close(more[1]);
}

TEST_CASE("what is below a process counts with it, and a process counts once", "[process_usage]") {
  const Family family(3);
  const ProcessUsage usage = measure_processes(family.parent(), {family.parent(), family.parent()});
  CHECK(usage.processes == 4);
  CHECK(usage.threads == 4);
  CHECK(usage.descriptors.value_or(0) == 4 * usage.main_descriptors.value_or(0));
}

TEST_CASE("children of any thread are found", "[process_usage]") {
  pid_t child = -1;
  int hold[2];
  REQUIRE(::pipe(hold) == 0);
  std::thread thread([&] {
    child = ::fork();
    if (child == 0) {
      ::close(hold[1]);
      for (;;) ::pause();
    }
    char byte;
    static_cast<void>(::read(hold[0], &byte, 1));
  });
  while (measure_processes(-1, {::getpid()}).processes < 2) std::this_thread::yield();
  ::close(hold[1]);
  thread.join();
  ::close(hold[0]);
  REQUIRE(child > 0);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST_CASE("CPU time that children have used stays when they have gone", "[process_usage]") {
  const auto before = measure_processes(-1, {::getpid()}).cpu;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    volatile unsigned long work = 0;
    while (::clock() < CLOCKS_PER_SEC / 5) work = work + 1;
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  CHECK((measure_processes(-1, {::getpid()}).cpu - before).count() >= 150'000);
}

TEST_CASE("processes that have gone, or are none, are nothing", "[process_usage]") {
  const ProcessUsage usage = measure_processes(-1, {-1, 0, 0x7fffffff});
  CHECK(usage.processes == 0);
  CHECK(usage.memory_bytes == 0);
  CHECK_FALSE(usage.descriptors);
  CHECK(usage.complete);
}

TEST_CASE("more than one look may take is said", "[process_usage]") {
  const std::vector<pid_t> many = [] {
    std::vector<pid_t> pids;
    for (pid_t pid = 0x70000000; pids.size() < 10'000; ++pid) pids.push_back(pid);
    return pids;
  }();
  CHECK_FALSE(measure_processes(-1, many).complete);
}

TEST_CASE("the limit of descriptors is read as the kernel prints it", "[process_usage]") {
  CHECK(parse_descriptor_limit(
            "Limit                     Soft Limit           Hard Limit           Units     \n"
            "Max core file size        0                    unlimited            bytes     \n"
            "Max open files            1024                 524288               files     \n"
            "Max locked memory         8388608              8388608              bytes     \n") == 1024);
  CHECK_FALSE(parse_descriptor_limit("Max open files            unlimited            unlimited"));
  CHECK_FALSE(parse_descriptor_limit("Max open files"));
  CHECK_FALSE(parse_descriptor_limit(""));
}
