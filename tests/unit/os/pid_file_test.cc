#include "init/os/pid_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/catch.h"
#include "tests/scratch.h"

using namespace usher;

TEST_CASE("the first line of a pid file is a number", "[pid_file]") {
  const auto [text, seen, expected] = GENERATE(table<std::string, bool, pid_t>({
      {"123\n", false, 123},
      {" 123 \n", false, 123},
      {"123\n/var/lib/db\n5432\n", false, 123},
      {"123", false, -1},  // it may become 1234
      {"123", true, 123},
      {"", true, -1},
      {"\n123\n", true, -1},
      {"0\n", true, -1},
      {"-5\n", true, -1},
      {"12x\n", true, -1},
      {"99999999999\n", true, -1},
      {std::string("12\0", 3) + "\n", true, -1},
  }));
  CHECK(pid_in(text, seen) == expected);
}

TEST_CASE("who is named has to be a child that the service has left", "[pid_file]") {
  ProcessStat stat;
  stat.parent = 1;
  stat.start_ticks = 100;
  HeirFacts facts{.us = 1, .main = -1, .main_started = 100, .stat = stat, .below = true};
  CHECK(problem_of_heir(9, facts).empty());
  SECTION("in the foreground it names itself") {
    facts = {.us = 1, .main = 9};
    CHECK(problem_of_heir(9, facts).empty());
  }
  SECTION("one that has gone") {
    facts.stat.reset();
    CHECK(problem_of_heir(9, facts) == "there is no process 9");
  }
  SECTION("a stranger, or one of ours") {
    (GENERATE(true, false) ? facts.below = false : facts.serves_us = true);
    CHECK(problem_of_heir(9, facts) == "process 9 is none of the service's");
  }
  SECTION("a number that was somebody else's before") {
    facts.stat->start_ticks = 99;
    CHECK(problem_of_heir(9, facts) == "process 9 is older than the service");
  }
  SECTION("not before its parents have ended") {
    facts.main = 5;
    CHECK_THAT(problem_of_heir(9, facts), has_text("the one that was started, 5, has not ended yet"));
    facts.main = -1;
    facts.stat->parent = 7;
    CHECK(problem_of_heir(9, facts) == "process 9 is a child of process 7, which has not ended yet");
  }
}

TEST_CASE("what a pid file had before the start does not count", "[pid_file]") {
  Scratch scratch;
  const std::string path = scratch.write("pid", "41\n");
  PidFile file(path);
  CHECK(file.look().why == "it is of an earlier start");
  std::filesystem::remove(path);
  CHECK(file.look().why == "it has not been written");
  scratch.write("pid", "4");
  CHECK(file.look().why == "no number of a process stands in it");
  scratch.write("pid", "42");
  CHECK(file.look().pid == -1);  // not the same as before
  CHECK(file.look().pid == 42);
  scratch.write("pid", "4321\n");  // never as long as the one before the start: clocks of files are coarse
  CHECK(file.look().pid == 4321);
}

TEST_CASE("a pid file that is none is said to be none", "[pid_file]") {
  Scratch scratch;
  const std::string path = scratch.path("pid");
  PidFile file(path);
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(file.look().pid == -1);
  CHECK_FALSE(file.look().why.empty());
}
