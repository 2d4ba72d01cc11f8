#include "init/os/descendants.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <vector>

#include "tests/catch.h"

using namespace usher;

namespace {

// Goes with its parent, also when that is a test that is killed.
pid_t sleeper() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) ::pause();
  }
  return pid;
}

// A child of a child, in a group of its own; both live until they are killed.
struct Family {
  pid_t parent = -1, child = -1;
  Family() {
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    parent = ::fork();
    if (parent == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const pid_t below = ::fork();  // outlives us
      while (below == 0) ::pause();
      ::setpgid(below, below);
      static_cast<void>(::write(pipe[1], &below, sizeof below) > 0);
      for (;;) ::pause();
    }
    REQUIRE(::read(pipe[0], &child, sizeof child) == sizeof child);
    ::close(pipe[0]);
    ::close(pipe[1]);
    REQUIRE(become_subreaper() == 0);  // the child comes to us
  }
};

// Writes a letter for each SIGTERM and each SIGWINCH that it gets; the kernel delivers them in this
// order where both wait.
struct Teller {
  int told[2] = {-1, -1};
  pid_t pid = -1;

  Teller() {
    REQUIRE(::pipe(told) == 0);
    pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      static int out;
      out = told[1];
      const auto tell = [](int signo) {
        static_cast<void>(::write(out, signo == SIGTERM ? "t" : "w", 1) > 0);
      };
      struct sigaction action = {};
      action.sa_handler = tell;
      ::sigfillset(&action.sa_mask);
      ::sigaction(SIGTERM, &action, nullptr);
      ::sigaction(SIGWINCH, &action, nullptr);
      sigset_t none;
      ::sigemptyset(&none);
      ::sigprocmask(SIG_SETMASK, &none, nullptr);
      static_cast<void>(::write(out, "r", 1) > 0);
      for (;;) ::pause();
    }
    REQUIRE(next() == 'r');
  }
  ~Teller() {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    ::close(told[0]);
    ::close(told[1]);
  }
  char next() {
    char letter = 0;
    REQUIRE(::read(told[0], &letter, 1) == 1);
    return letter;
  }
};

int ended_by(pid_t pid) {
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("what is killed is told, from the same look", "[descendants]") {
  const pid_t child = sleeper();
  Descendants descendants;
  const auto killed = descendants.kill_all();
  CHECK(ended_by(child) == SIGKILL);
  REQUIRE(killed.size() == 1);
  CHECK(killed[0].pid == child);
  CHECK(names_of(killed) == killed[0].name + '(' + std::to_string(child) + ')');
  CHECK(descendants.kill_all().empty());
}

TEST_CASE("who got the number of one that was seen is left alone", "[descendants]") {
  if (::getpid() == 1) return;  // no number below is a stranger's
  const Family family;
  auto seen = scan_processes();
  for (ProcessStat& stat : seen)
    if (stat.pid == family.child) ++stat.start_ticks;
  CHECK(kill_below(::getpid(), seen).size() == 2);
  CHECK(ended_by(family.parent) == SIGKILL);
  auto left = read_stat(family.child);
  while (left && left->state == 'R') left = read_stat(family.child);  // on its way to pause(), or to its end
  REQUIRE(left);
  CHECK(left->state == 'S');
  // Now it is ours to reap: nobody else can have the number.
  CHECK(kill_below(::getpid(), scan_processes()).size() == 1);
  CHECK(ended_by(family.child) == SIGKILL);
}

TEST_CASE("who is below a child is killed as the one that was seen", "[descendants]") {
  const Family family;
  CHECK(kill_below(family.parent, scan_processes()).size() == 1);
  signal_process(family.parent, SIGKILL);
  CHECK(ended_by(family.parent) == SIGKILL);
  CHECK(ended_by(family.child) == SIGKILL);
}

TEST_CASE("a long list of children is not read again for each of their ends", "[descendants]") {
  Descendants descendants;
  CHECK(descendants.worth_a_look());  // nothing is known yet
  std::vector<pid_t> children(65);
  std::generate(children.begin(), children.end(), sleeper);
  descendants.signal_children(SIGCONT, true);
  descendants.child_ended();
  descendants.child_ended();
  CHECK_FALSE(descendants.worth_a_look());
  descendants.child_ended();
  CHECK(descendants.worth_a_look());

  descendants.kill_children();
  CHECK_FALSE(descendants.worth_a_look());
  for (const pid_t child : children) CHECK(ended_by(child) == SIGKILL);
  descendants.forget_all();
  CHECK(descendants.worth_a_look());
}

TEST_CASE("each end of one of a few children is worth a look", "[descendants]") {
  Descendants descendants;
  std::vector<pid_t> children(32);
  std::generate(children.begin(), children.end(), sleeper);
  descendants.kill_children();
  CHECK_FALSE(descendants.worth_a_look());
  descendants.child_ended();
  CHECK(descendants.worth_a_look());
  for (const pid_t child : children) CHECK(ended_by(child) == SIGKILL);
}

TEST_CASE("a dozen names are enough for people", "[descendants]") {
  ProcessStat one;
  one.name = "sh";
  one.pid = 7;
  CHECK(names_of({}).empty());
  CHECK(names_of({one, one}) == "sh(7) sh(7)");
  const std::string many = names_of(std::vector<ProcessStat>(13, one));
  CHECK(std::count(many.begin(), many.end(), '(') == 12);
  CHECK(many.substr(many.size() - 4) == " ...");
}

TEST_CASE("what is left is told once for each request", "[descendants]") {
  Teller left;
  Descendants descendants;
  descendants.signal_children(SIGTERM, false);
  CHECK(left.next() == 't');
  descendants.signal_children(SIGTERM, false);  // looked at again
  ::kill(left.pid, SIGWINCH);
  CHECK(left.next() == 'w');
  descendants.signal_children(SIGTERM, true);
  CHECK(left.next() == 't');
}
