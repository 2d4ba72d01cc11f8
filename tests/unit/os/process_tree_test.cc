#include "init/os/process_tree.h"

#include <unistd.h>

#include <algorithm>

#include "tests/catch.h"

using namespace usher;

namespace {

ProcessStat process(pid_t pid, pid_t parent, pid_t group, char state = 'S') {
  ProcessStat stat;
  stat.pid = pid;
  stat.parent = parent;
  stat.group = group;
  stat.state = state;
  return stat;
}

std::vector<pid_t> pids(const std::vector<ProcessStat>& stats) {
  std::vector<pid_t> result;
  for (const ProcessStat& stat : stats) result.push_back(stat.pid);
  std::sort(result.begin(), result.end());
  return result;
}

// 1 is ours; 10 and 11 are below it, 20 came into the namespace from outside.
const std::vector<ProcessStat> kAll{
    process(1, 0, 1),    process(10, 1, 10), process(11, 10, 10), process(12, 11, 12),
    process(13, 1, 13, 'Z'), process(20, 0, 20), process(21, 20, 20),
};

}  // namespace

TEST_CASE("a line of /proc/PID/stat is read whatever the process is called", "[process_tree]") {
  const std::string tail = " S 7 42 40 0 -1 4194560 1 0 0 0 5 6 7 8 20 0 3 0 98765 11 22";
  for (const std::string name : {"sh", "a b", "((", "x) R 1 2 3", ") S 1 1", ""}) {
    const auto stat = parse_stat("123 (" + name + ")" + tail);
    CAPTURE(name);
    REQUIRE(stat);
    CHECK(stat->pid == 123);
    CHECK(stat->name == name);
    CHECK(stat->state == 'S');
    CHECK(stat->parent == 7);
    CHECK(stat->group == 42);
    CHECK(stat->start_ticks == 98765);
    CHECK(stat->cpu_ticks == 11);
    CHECK(stat->waited_ticks == 15);
    CHECK(stat->threads == 3);
    CHECK(stat->resident_pages == 22);
  }
}

TEST_CASE("what is no such line is refused", "[process_tree]") {
  for (const char* line : {"", "1", "1 (", "1 (a", "1 (a)", "1 (a) S", "x (a) S 1 2 3", "1 (a) S 1 2 3 4",
                           ")(", "1 )a( S 1 2"})
    CHECK_FALSE(parse_stat(line));
}

TEST_CASE("descendants are those below us, the dead left out", "[process_tree]") {
  CHECK(pids(descendants_of(1, kAll)) == std::vector<pid_t>{10, 11, 12});
  CHECK(pids(descendants_of(20, kAll)) == std::vector<pid_t>{21});
  CHECK(descendants_of(12, kAll).empty());
}

TEST_CASE("a dead parent does not hide its children", "[process_tree]") {
  const std::vector<ProcessStat> all{process(1, 0, 1), process(10, 1, 10, 'Z'), process(11, 10, 10)};
  CHECK(pids(descendants_of(1, all)) == std::vector<pid_t>{11});
}

TEST_CASE("a scan that is torn by reused numbers ends all the same", "[process_tree]") {
  const std::vector<ProcessStat> all{process(10, 11, 10), process(11, 10, 10), process(1, 10, 1)};
  CHECK(pids(descendants_of(1, all)).empty());
  CHECK(pids(descendants_of(10, all)) == std::vector<pid_t>{1, 11});
}

TEST_CASE("no child is older than its parent", "[process_tree]") {
  auto all = kAll;
  for (ProcessStat& stat : all) stat.start_ticks = 50;
  all[2].start_ticks = 49;  // 11's parent had the number 10 before 10 had it
  CHECK(pids(descendants_of(1, all)) == std::vector<pid_t>{10});
  CHECK(pids(descendants_of(11, all)) == std::vector<pid_t>{12});
}

TEST_CASE("only groups that are ours alone are signalled as groups", "[process_tree]") {
  auto all = kAll;
  CHECK(groups_of_only(descendants_of(1, all), all) == std::vector<pid_t>{10, 12});
  all.push_back(process(22, 20, 12));  // a stranger joined
  CHECK(groups_of_only(descendants_of(1, all), all) == std::vector<pid_t>{10});
}

TEST_CASE("our own process is found in /proc", "[process_tree]") {
  REQUIRE(proc_is_ours());
  const auto stat = read_stat(::getpid());
  REQUIRE(stat);
  CHECK(stat->parent == ::getppid());
  CHECK(stat->group == ::getpgrp());
  CHECK(caught_signals(::getpid()).has_value());
}
