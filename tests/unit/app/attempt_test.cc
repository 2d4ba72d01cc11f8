// With a real process, whose end the test waits for in place of SIGCHLD.
#include "init/app/attempt.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "init/app/service.h"
#include "tests/catch.h"
#include "tests/loop_until.h"
#include "tests/slow_program.h"

using namespace usher;

namespace {

struct OneService : Attempt::Listener, Family::Listener {
  Config config;
  Runtime runtime{[](const std::string& why) { FAIL(why); }};
  Log log{config.log, "test", "test"};
  OwnDialect dialect;
  Context context{config, log, runtime, dialect};
  Family family{runtime, [](SpawnRequest&) { return std::string(); }, *this};
  ProcessSetup setup{context, {}, environ};
  Service service{context, family, setup, *this, [] { return Publication{}; }};
  std::vector<std::string> told;

  OneService() {
    config.log.level = LogLevel::off;
    log.configure(config.log);
    config.readiness.probes.push_back(LineProbe{true, false, false, "at (.*)", false});
  }

  void became_ready() override {
    told.push_back("ready");
    service.attempt()->ready();
  }
  void executes() override { told.push_back("executes"); }
  void never_ran(SpawnFailure failure) override {
    told.push_back(failure.kind == SpawnFailure::Kind::not_found ? "not found" : "never ran");
  }
  void main_process_ended(const Ended&) override {}
  void ended(ServiceExit exit) override { told.push_back("ended " + std::to_string(exit.code)); }
  void output_is_out(std::uint64_t lost) override { told.push_back("out " + std::to_string(lost)); }
  void result_seen() override {}
  void changed() override {}
  void reaped(const Ended&, Family::Kind) override {}
  void fewer() override {
    if (service.attempt()) service.attempt()->tell_end();
  }
  void drain_began(int, const std::string&) override {}
  void kill_began(const std::string&) override {}

  void start(const std::string& script) {
    told.clear();
    config.service.command = {"/bin/sh", "-c", script};
    REQUIRE_FALSE(service.start());
    service.attempt()->begin_readiness();
  }
  bool tells(const char* what) const { return !told.empty() && told.back().starts_with(what); }
  void wait_for_end() {
    siginfo_t info;
    const auto pid = static_cast<id_t>(service.attempt()->main_pid());
    REQUIRE(::waitid(P_PID, pid, &info, WEXITED | WNOWAIT) == 0);
    family.reap();
    REQUIRE(loop_until(runtime.loop(), [this] { return tells("ended"); }));
    service.attempt()->flush();
    REQUIRE(loop_until(runtime.loop(), [this] { return tells("out"); }));
    wait_for_taps();
    service.over();
  }
  // A tap uses the loop up to its end; where one goes on, usher leaves without destroying anything.
  void wait_for_taps() {
    REQUIRE(loop_until(runtime.loop(), [this] { return !service.output_goes_on(); }));
  }
};

}  // namespace

TEST_CASE_METHOD(OneService, "what a service printed before its end counts, and comes first", "[attempt]") {
  start("echo at addr-1; exit 3");
  wait_for_end();
  CHECK(told == std::vector<std::string>{"ready", "ended 3", "out 0"});
}

TEST_CASE_METHOD(OneService, "a start knows nothing of the one before", "[attempt]") {
  start("echo at addr-1; read line; exit 3");
  REQUIRE(loop_until(runtime.loop(), [this] { return !told.empty(); }));
  CHECK(service.view()->ready_value == "addr-1");
  CHECK(service.view()->missing.empty());
  CHECK(service.view()->pid > 0);
  service.attempt()->signal(SIGKILL, Attempt::Meaning::plain);
  wait_for_end();
  CHECK_FALSE(service.view());
  CHECK(service.pid() == -1);

  start("exec sleep 1000");
  CHECK(service.view()->ready_value.empty());
  CHECK(service.view()->missing == "no line of its output has matched readiness.probe");
  CHECK_FALSE(service.attempt()->ready_at());
  service.attempt()->signal(SIGKILL, Attempt::Meaning::plain);
  wait_for_end();
}

TEST_CASE_METHOD(OneService, "what is missing is kept when nobody waits any more", "[attempt]") {
  start("exec sleep 1000");
  service.end_readiness();
  CHECK(service.view()->missing == "no line of its output has matched readiness.probe");
  CHECK_FALSE(service.attempt()->readiness().under_way());
  service.attempt()->signal(SIGKILL, Attempt::Meaning::plain);
  wait_for_end();
  CHECK(told.front() == "ended 0");
}

TEST_CASE_METHOD(OneService, "a program that can be reached only later is told of then", "[attempt]") {
  SlowProgram program("#!/bin/sh\nexec sleep 1000\n");
  config.service.command = {program.path()};
  REQUIRE_FALSE(service.start());
  CHECK(service.attempt()->is_late());
  CHECK(service.pid() > 0);
  program.let_go();
  REQUIRE(loop_until(runtime.loop(), [this] { return tells("executes"); }));
  CHECK_FALSE(service.attempt()->is_late());
  service.attempt()->signal(SIGKILL, Attempt::Meaning::plain);
  wait_for_end();
}

TEST_CASE_METHOD(OneService, "one that was reaped before it was heard has executed first", "[attempt]") {
  SlowProgram program("#!/bin/sh\nexit 3\n");
  config.service.command = {program.path()};
  REQUIRE_FALSE(service.start());
  program.let_go();
  wait_for_end();
  CHECK(told == std::vector<std::string>{"executes", "ended 3", "out 0"});
}

TEST_CASE_METHOD(OneService, "a program that turns out to be none has never run", "[attempt]") {
  SlowProgram program("no program at all");
  config.service.command = {program.path()};
  REQUIRE_FALSE(service.start());
  REQUIRE(service.attempt()->is_late());
  program.let_go();
  siginfo_t info;
  REQUIRE(::waitid(P_PID, static_cast<id_t>(service.pid()), &info, WEXITED | WNOWAIT) == 0);
  family.reap();
  CHECK(told == std::vector<std::string>{"never ran"});
  CHECK(family.counts().orphans == 0);
  CHECK_FALSE(service.runs());
  wait_for_taps();
}
