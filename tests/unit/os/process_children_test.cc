#include "init/os/process_children.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <thread>

#include "tests/catch.h"

using namespace usher;

namespace {

// A process of a group of its own that calls `begin` and then `ready`, and goes with this.
class Tree {
 public:
  using Ready = std::function<void()>;
  explicit Tree(const std::function<void(const Ready&)>& begin) {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    top_ = ::fork();
    REQUIRE(top_ >= 0);
    if (top_ == 0) {
      ::setpgid(0, 0);
      begin([&] { static_cast<void>(::write(ready[1], "x", 1) == 1); });
      for (;;) ::pause();
    }
    char byte;
    CHECK(::read(ready[0], &byte, 1) == 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~Tree() {
    ::kill(-top_, SIGKILL);
    ::waitpid(top_, nullptr, 0);
  }
  pid_t top() const { return top_; }

 private:
  pid_t top_ = -1;
};

void start_one(const std::function<void()>& what = [] {}) {
  if (::fork() != 0) return;
  what();
  for (;;) ::pause();
}

std::vector<pid_t> sorted(std::vector<pid_t> pids) {
  std::sort(pids.begin(), pids.end());
  return pids;
}

std::vector<pid_t> pids(const std::vector<ProcessStat>& stats) {
  std::vector<pid_t> result;
  for (const ProcessStat& stat : stats) result.push_back(stat.pid);
  return sorted(std::move(result));
}

std::vector<ProcessStat> walked(const std::vector<pid_t>& roots, int most = 1'000'000) {
  WorkLimit limit(most);
  std::vector<ProcessStat> found;
  walk_down(roots, limit, [&](const ProcessStat& stat) { found.push_back(stat); });
  return found;
}

// What the other way finds, which has to be the same.
std::vector<pid_t> scanned(pid_t top) {
  auto found = pids(descendants_of(top, scan_processes()));
  found.push_back(top);
  return sorted(std::move(found));
}

}  // namespace

TEST_CASE("a walk finds a process and all below it", "[process_children]") {
  REQUIRE(kernel_lists_children());
  const Tree tree([](const auto& ready) {
    start_one();
    start_one([&] {
      start_one();
      start_one(ready);
    });
  });
  const auto found = walked({tree.top(), tree.top()});
  CHECK(found.size() == 5);
  CHECK(found.front().pid == tree.top());
  CHECK(pids(found) == scanned(tree.top()));
  CHECK(pids(family_of(tree.top())) == scanned(tree.top()));
  CHECK(may_have_children(tree.top()));
  CHECK_FALSE(may_have_children(found.back().pid));
}

TEST_CASE("children of every thread are found, and those of a first thread that has ended",
          "[process_children]") {
  const bool ends = GENERATE(false, true);
  const Tree tree([ends](const auto& ready) {
    std::thread([&] {
      start_one();
      ready();
      for (;;) ::pause();
    }).detach();
    if (ends) ::syscall(SYS_exit, 0);
    for (;;) ::pause();
  });
  while ((read_stat(tree.top())->state == 'Z') != ends) {
  }
  const auto found = walked({tree.top()});
  REQUIRE(found.size() == 2);
  CHECK(found.back().parent == tree.top());
  CHECK(may_have_children(tree.top()));
}

TEST_CASE("a family has no zombies, a walk has", "[process_children]") {
  const Tree tree([](const auto& ready) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    siginfo_t info;
    ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
    ready();
  });
  CHECK(walked({tree.top()}).size() == 2);
  CHECK(pids(family_of(tree.top())) == std::vector<pid_t>{tree.top()});
}

TEST_CASE("a walk ends where its limit is reached", "[process_children]") {
  const Tree tree([](const auto& ready) {
    for (int i = 0; i < 20; ++i) start_one();
    ready();
  });
  CHECK(walked({tree.top()}).size() == 21);
  const auto some = walked({tree.top()}, 10 * WorkLimit::kFile).size();
  CHECK((some > 1 && some < 21));
  WorkLimit limit(WorkLimit::kFile);
  CHECK_FALSE(limit.reached());
  CHECK(limit.may(WorkLimit::kFile));
  CHECK_FALSE(limit.may(WorkLimit::kEntry));
  CHECK(limit.reached());
}

TEST_CASE("our children are listed, and nothing is below nobody", "[process_children]") {
  const Tree tree([](const auto& ready) { start_one(ready); });
  const auto ours = direct_children();
  CHECK(std::find(ours.begin(), ours.end(), tree.top()) != ours.end());
  CHECK(walked({-1, 0, 0x7fffffff}).empty());
  CHECK(family_of(0x7fffffff).empty());
}
