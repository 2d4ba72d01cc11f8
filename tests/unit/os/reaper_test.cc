#include "init/os/reaper.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <vector>

#include "tests/catch.h"

using namespace usher;

namespace {

struct Ends : Reaper::Listener {
  std::vector<Ended> all;
  void reaped(const Ended& child) override { all.push_back(child); }
  std::vector<int> codes_of(pid_t child) const {
    std::vector<int> codes;
    for (const Ended& one : all)
      if (one.pid == child) codes.push_back(one.code);
    return codes;
  }
};

// Has ended with this code, and nobody has reaped it.
pid_t ended_child(int code) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(code);
  siginfo_t info;
  REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);
  return pid;
}

}  // namespace

TEST_CASE("to look for children reaps none of them", "[reaper]") {
  const pid_t child = ended_child(3);
  for (int i = 0; i < 10; ++i) CHECK(Reaper::has_children());  // what other tests left may be among them
  siginfo_t info;
  CHECK(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0);
  Ends ends;
  CHECK(Reaper::reap(ends, 1000) != Reaper::Left::more_to_reap);
  CHECK(ends.codes_of(child) == std::vector{3});
}

TEST_CASE("no more are reaped at once than was asked for", "[reaper]") {
  const pid_t one = ended_child(4), another = ended_child(5);
  Ends ends;
  CHECK(Reaper::reap(ends, 1) == Reaper::Left::more_to_reap);
  CHECK(ends.all.size() == 1);
  CHECK(Reaper::reap(ends, 1000) != Reaper::Left::more_to_reap);
  CHECK(ends.codes_of(one) == std::vector{4});
  CHECK(ends.codes_of(another) == std::vector{5});
}

TEST_CASE("to ask whether a child is stopped leaves the answer there", "[reaper]") {
  const pid_t child = ::fork();
  while (child == 0) ::pause();
  CHECK(Reaper::stopped_by(child) == 0);
  ::kill(child, SIGSTOP);
  siginfo_t info;
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &info, WSTOPPED | WNOWAIT) == 0);
  CHECK(Reaper::stopped_by(child) == SIGSTOP);
  CHECK(Reaper::stopped_by(child) == SIGSTOP);
  ::kill(child, SIGKILL);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
}
