#include "init/lifecycle/report.h"

#include <csignal>

#include "tests/catch.h"

using namespace usher;
using Micros = PhaseClock::Micros;

namespace {

Report sample() {
  Report report;
  report.service = "echo";
  report.instance = "host";
  report.verdict = {false, 143, Reason::stopped};
  report.life.stop = StopRequest{StopCause::signal, SIGTERM};
  report.life.ever_ready = true;
  report.life.attempts_total = 2;
  report.last_exit = ServiceExit{0, SIGTERM};
  report.ready_value = "/ip4/1.2.3.4/tcp/5";
  report.checks = {{"redis", 12, 1}};
  report.phases.begin(Micros{1'000});
  report.phases.enter(State::preparing, Micros{1'500});
  report.phases.enter(State::starting, Micros{2'000});
  report.phases.enter(State::ready, Micros{3'500'000});
  report.phases.enter(State::delaying, Micros{9'500'000});
  report.phases.enter(State::exited, Micros{9'600'250});
  return report;
}

}  // namespace

TEST_CASE("phases add up to the whole", "[report]") {
  const PhaseClock phases = sample().phases;
  CHECK(phases.in("waiting") == Micros{500});
  CHECK(phases.in("starting") == Micros{3'498'500});
  CHECK(phases.in("ready") == Micros{6'000'000});
  CHECK(phases.in("stopping") == Micros{100'250});
  CHECK(phases.in("backoff") == Micros{0});
  CHECK(phases.in("exited", Micros{10'000'000}) == Micros{399'750});
  CHECK(phases.in("ready", Micros{10'000'000}) == phases.in("ready"));
  CHECK(phases.total() == Micros{9'599'250 - 0});
}

TEST_CASE("the report is one object with everything in it", "[report]") {
  CHECK(to_json_members(sample()) ==
        R"("event":"report","service":"echo","instance":"host","reason":"stopped","exit_code":143,)"
        R"("signal":"SIGTERM","service_code":null,"stop":{"by":"signal","signal":"SIGTERM"},)"
        R"("oom_killed":false,"killed":false,"unkillable":false,"ready":true,"ready_value":"/ip4/1.2.3.4/tcp/5",)"
        R"("attempts":2,"restarts":0,"started_at":"1970-01-01T00:00:00.000Z",)"
        R"("ended_at":"1970-01-01T00:00:00.000Z","phases_ms":{"waiting":0.500,"starting":3498.500,)"
        R"("ready":6000.000,"unhealthy":0.000,"backoff":0.000,"stopping":100.250,"total":9599.250},)"
        R"("checks":{"redis":{"runs":12,"failed":1}},)"
        R"("signals_forwarded":0,"orphans_reaped":0,"output_bytes_lost":0,"log_lines_dropped":0,)"
        R"("peak":{"memory_bytes":0,"cpu_user_ms":0,"cpu_system_ms":0})");
}

TEST_CASE("a report that is too long for its place leaves out the value", "[report]") {
  Report report = sample();
  report.ready_value.assign(5'000, 'x');
  CHECK(to_json_members(report).size() > 5'000);
  CHECK(to_json_members(report, 4096).size() <= 4094);
}

TEST_CASE("the report as a line for people", "[report]") {
  CHECK(to_text(sample()) ==
        "report service=echo reason=stopped exit_code=143 signal=SIGTERM attempts=2 waiting_ms=0.500 "
        "starting_ms=3498.500 ready_ms=6000.000 stopping_ms=100.250 total_ms=9599.250");
}
