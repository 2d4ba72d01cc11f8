#include "init/os/descendants.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "tests/catch.h"

using namespace usher;

namespace {

pid_t sleeper() {
  const pid_t pid = ::fork();
  if (pid == 0)
    for (;;) ::pause();
  return pid;
}

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
