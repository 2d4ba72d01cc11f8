// With real processes: what Family is about is the kernel's answer to whose child a process is.
#include "init/app/family.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "init/app/hook_runner.h"
#include "tests/catch.h"
#include "tests/loop_until.h"
#include "tests/slow_program.h"

using namespace usher;

namespace {

struct Household : Family::Listener {
  Config config;
  Runtime runtime{[](const std::string& why) { FAIL(why); }};
  Log log{config.log, "test", "test"};
  std::vector<std::pair<pid_t, Family::Kind>> seen;
  unsigned looks = 0, drains = 0, kills = 0;
  Family family{runtime, [](SpawnRequest&) { return std::string(); }, *this};

  Household() { config.log.level = LogLevel::off; log.configure(config.log); }

  void reaped(const Ended& child, Family::Kind kind) override { seen.emplace_back(child.pid, kind); }
  void fewer() override { ++looks; }
  void drain_began(int, const std::string&) override { ++drains; }
  void kill_began(const std::string&) override { ++kills; }

  SpawnResult launch(Argv argv, Family::Kind kind, Family::Ending ended = nullptr) {
    SpawnRequest request;
    request.argv = std::move(argv);
    request.environment = {"PATH=/usr/bin:/bin"};
    return family.launch(request, kind, std::move(ended));
  }
  // Waits for the end, as SIGCHLD would tell of it, and leaves the reaping to the family.
  void reap(pid_t pid) {
    siginfo_t info;
    REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);
    family.reap();
  }
};

}  // namespace

TEST_CASE_METHOD(Household, "what was launched is no orphan, and hears of its end once", "[family]") {
  std::vector<int> codes;
  const auto told = [&](const Ended& ended) { codes.push_back(ended.code); };
  const pid_t service = launch({"sh", "-c", "exit 3"}, Family::Kind::service, told).pid;
  REQUIRE(service > 0);
  reap(service);
  const pid_t hook = launch({"sh", "-c", "exit 4"}, Family::Kind::helper, told).pid;
  reap(hook);
  CHECK(codes == std::vector{3, 4});
  CHECK(seen == std::vector<std::pair<pid_t, Family::Kind>>{{service, Family::Kind::service},
                                                            {hook, Family::Kind::helper}});
  CHECK(family.counts().orphans == 0);
  CHECK(looks > 0);
}

TEST_CASE_METHOD(Household, "who could not execute its program is neither an orphan nor told", "[family]") {
  bool told = false;
  const SpawnResult result =
      launch({"/no/such/program"}, Family::Kind::helper, [&](const Ended&) { told = true; });
  REQUIRE(result.pid < 0);
  REQUIRE(result.unborn > 0);
  reap(result.unborn);
  CHECK(seen.front().second == Family::Kind::unborn);
  CHECK(family.counts().orphans == 0);
  CHECK_FALSE(told);
}

TEST_CASE_METHOD(Household, "who was not launched here is an orphan", "[family]") {
  const pid_t stranger = ::fork();
  if (stranger == 0) ::_exit(0);
  reap(stranger);
  CHECK(seen.front().second == Family::Kind::orphan);
  CHECK(family.counts().orphans == 1);
}

TEST_CASE_METHOD(Household, "a SIGKILL that was not ours is remembered, one that was is not", "[family]") {
  const pid_t first = launch({"sleep", "1000"}, Family::Kind::service).pid;
  CHECK_FALSE(family.kill_all(first));
  CHECK_FALSE(family.kill_all(first));
  reap(first);
  CHECK(kills == 1);
  CHECK(family.counts().kills == 1);
  CHECK_FALSE(family.counts().killed_by_others);
  family.forget();
  const pid_t second = launch({"sleep", "1000"}, Family::Kind::service).pid;
  ::kill(second, SIGKILL);
  reap(second);
  CHECK(family.counts().killed_by_others);
}

TEST_CASE_METHOD(Household, "one who was disowned ends unheard, and is no orphan", "[family]") {
  bool told = false;
  const pid_t late = launch({"sh", "-c", "exit 0"}, Family::Kind::service,
                            [&](const Ended&) { told = true; }).pid;
  family.disown(late);
  reap(late);
  CHECK_FALSE(told);
  CHECK(family.counts().orphans == 0);
}

TEST_CASE_METHOD(Household, "a hook that was killed for its time is no orphan", "[family]") {
  HookRunner runner(runtime, log, family);
  SpawnRequest base;
  base.environment = {"PATH=/usr/bin:/bin"};
  std::optional<bool> went_well;
  runner.start("pre_start", {{{"sleep", "1000"}, Millis{1}}}, base, [&](bool ok) { went_well = ok; });
  CHECK(loop_until(runtime.loop(), [&] { return went_well.has_value(); }));
  CHECK(went_well == false);
  siginfo_t info;
  REQUIRE(::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0);
  family.reap();
  CHECK(seen.front().second == Family::Kind::helper);
  CHECK(family.counts().orphans == 0);
}

TEST_CASE_METHOD(Household, "a hook that hangs before its program is killed for its time", "[family]") {
  SlowProgram program("#!/bin/sh\n");
  HookRunner runner(runtime, log, family);
  std::optional<bool> went_well;
  runner.start("pre_start", {{{program.path()}, Millis{1}}}, {}, [&](bool ok) { went_well = ok; });
  CHECK(loop_until(runtime.loop(), [&] { return went_well.has_value(); }));
  CHECK(went_well == false);
  siginfo_t info;
  REQUIRE(::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0);
  family.reap();
  CHECK(seen.front().second == Family::Kind::helper);
}

TEST_CASE_METHOD(Household, "a hook that turns out to be no program has failed, and is no orphan", "[family]") {
  SlowProgram program("no program at all");
  HookRunner runner(runtime, log, family);
  std::optional<bool> went_well;
  runner.start("pre_start", {{{program.path()}, Millis{0}}}, {}, [&](bool ok) { went_well = ok; });
  CHECK_FALSE(went_well);
  program.let_go();
  siginfo_t info;
  REQUIRE(::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0);
  family.reap();
  CHECK(went_well == false);
  CHECK(seen.front().second == Family::Kind::unborn);
}
