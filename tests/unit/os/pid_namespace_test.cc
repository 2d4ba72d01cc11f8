#include "init/os/pid_namespace.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "tests/catch.h"

using namespace usher;

TEST_CASE("the number of the PID namespace is the same for all who ask", "[pid_namespace]") {
  const std::string number = pid_namespace();
  CHECK(!number.empty());
  CHECK(std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; }));
  const pid_t child = ::fork();
  if (child == 0) ::_exit(pid_namespace() == number ? 0 : 1);
  int status = 1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
