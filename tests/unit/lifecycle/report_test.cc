#include "init/lifecycle/report.h"

#include <csignal>
#include <vector>

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
  report.dependencies = {{"redis", "tcp://redis:1", true, Micros{450}, "refused"},
                         {"key", "file:/k", false, Micros{500}, "is not there"}};
  report.phases.begin(Micros{1'000});
  report.phases.enter(State::preparing, Micros{1'500});
  report.phases.enter(State::starting, Micros{2'000});
  report.phases.enter(State::ready, Micros{3'500'000});
  report.phases.enter(State::delaying, Micros{9'500'000});
  report.phases.service_ended({0, SIGTERM});
  report.phases.enter(State::exited, Micros{9'600'250});
  return report;
}

}  // namespace

TEST_CASE("phases add up to the whole", "[report]") {
  const PhaseClock phases = sample().phases;
  CHECK(phases.in(Phase::waiting) == Micros{500});
  CHECK(phases.in(Phase::starting) == Micros{3'498'500});
  CHECK(phases.in(Phase::ready) == Micros{6'000'000});
  CHECK(phases.in(Phase::stopping) == Micros{100'250});
  CHECK(phases.in(Phase::backoff) == Micros{0});
  CHECK(phases.in(Phase::exited, Micros{10'000'000}) == Micros{399'750});
  CHECK(phases.in(Phase::ready, Micros{10'000'000}) == phases.in(Phase::ready));
  CHECK(phases.total() == Micros{9'599'250 - 0});
}

TEST_CASE("the report is one object with everything in it", "[report]") {
  CHECK(to_json_members(sample()) ==
        R"("event":"report","format":1,"service":"echo","instance":"host","reason":"stopped","exit_code":143,"detail":"",)"
        R"("signal":"SIGTERM","service_code":null,"stop":{"by":"signal","signal":"SIGTERM"},)"
        R"("oom_killed":false,"killed":false,"unkillable":false,"ready":true,"ready_value":"/ip4/1.2.3.4/tcp/5",)"
        R"("attempts":2,"restarts":0,"started_at":"1970-01-01T00:00:00.000Z",)"
        R"("ended_at":"1970-01-01T00:00:00.000Z","phases_ms":{"waiting":0.500,"starting":3498.500,)"
        R"("ready":6000.000,"unhealthy":0.000,"backoff":0.000,"stopping":100.250,"total":9599.250},)"
        R"("timeline":[{"phase":"waiting","at_ms":0.000,"ms":0.500},)"
        R"({"phase":"starting","state":"preparing","at_ms":0.500,"ms":0.500},)"
        R"({"phase":"starting","at_ms":1.000,"ms":3498.000},{"phase":"ready","at_ms":3499.000,"ms":6000.000},)"
        R"({"phase":"stopping","state":"delaying","at_ms":9499.000,"ms":100.250,"signal":"SIGTERM"}],)"
        R"("timeline_left_out":0,"dependencies":[)"
        R"({"name":"redis","target":"tcp://redis:1","satisfied":true,"after_ms":0.450},)"
        R"({"name":"key","target":"file:/k","satisfied":false,"after_ms":0.500,"last_seen":"is not there"}],)"
        R"("checks":{"redis":{"runs":12,"failed":1}},)"
        R"("signals_forwarded":0,"orphans_reaped":0,"output_bytes_lost":0,"log_lines_dropped":0,)"
        R"("peak":{"memory_bytes":0,"cpu_user_ms":0,"cpu_system_ms":0})");
}

TEST_CASE("a report names the trace that it belongs to", "[report]") {
  Report report = sample();
  report.trace = "0af7651916cd43dd8448eb211c80319c";
  CHECK_THAT(to_json_members(report), has_text(R"("detail":"","trace_id":"0af7651916cd43dd8448eb211c80319c",)"));
}

TEST_CASE("a report has the peaks that somebody has seen", "[report]") {
  Report report = sample();
  report.resources = ResourcePeaks{.looks = 4,
                                   .memory_bytes = 1000,
                                   .processes = 3,
                                   .threads = 9,
                                   .descriptors = 30,
                                   .cpus = 0.25,
                                   .container_memory_bytes = 2000,
                                   .oom_kills = 1};
  CHECK_THAT(to_json_members(report),
             has_text(R"("peak_resources":{"looks":4,"memory_bytes":1000,"processes":3,"threads":9,)"
                      R"("descriptors":30,"cpus":0.25,"container_memory_bytes":2000,"oom_kills":1})"));
}

TEST_CASE("a report that is too long for its place leaves out the value", "[report]") {
  Report report = sample();
  report.ready_value.assign(5'000, 'x');
  CHECK(to_json_members(report).size() > 5'000);
  const std::string shorter = to_json_members(report, 4096);
  CHECK(shorter.size() <= 4094);
  CHECK(shorter.find("\"timeline\":[") != std::string::npos);
}

TEST_CASE("a report that is still too long leaves out the timeline", "[report]") {
  Report report = sample();
  report.dependencies[1].last_seen.assign(5'000, 'x');
  const std::string shorter = to_json_members(report, 4096);
  CHECK(shorter.size() <= 4094);
  CHECK(shorter.find("timeline") == std::string::npos);
  CHECK(shorter.find("\"checks\":{\"redis\"") != std::string::npos);
}

TEST_CASE("a history passes over short stays, unless the service ended in them", "[report]") {
  StateHistory history;
  history.enter(State::preparing, Micros{99});
  history.enter(State::starting, Micros{120});
  history.service_ended({7, 0});
  history.enter(State::draining, Micros{130});
  history.enter(State::flushing, Micros{230});
  history.enter(State::exited, Micros{231});
  std::vector<Stretch> kept;
  history.visit([&kept](const Stretch& one) { kept.push_back(one); });
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].state == State::starting);
  CHECK(kept[0].service_ended);
  CHECK(kept[0].exit.code == 7);
  CHECK(kept[1].state == State::draining);
  CHECK_FALSE(kept[1].service_ended);
  CHECK(kept[1].begin == Micros{130});
  CHECK(kept[1].end == Micros{230});
}

TEST_CASE("of a long history the beginning and the end are kept", "[report]") {
  const auto [stays, left_out] = GENERATE(Catch::Generators::table<int, std::size_t>(
      {{1, 0}, {16, 0}, {17, 0}, {32, 0}, {33, 1}, {1'000, 968}}));
  StateHistory history;
  for (int i = 1; i <= stays; ++i)
    history.enter(i % 2 == 0 ? State::ready : State::unhealthy, Micros{i * 1'000});
  std::vector<std::int64_t> begins;
  history.visit([&begins](const Stretch& one) { begins.push_back(one.begin.count() / 1'000); });
  std::vector<std::int64_t> wanted;
  for (int i = 0; i < stays; ++i)
    if (i < 16 || i >= stays - 16) wanted.push_back(i);
  CHECK(begins == wanted);
  CHECK(history.left_out() == left_out);
}

TEST_CASE("the report as a line for people", "[report]") {
  CHECK(to_text(sample()) ==
        "report service=echo reason=stopped exit_code=143 signal=SIGTERM attempts=2 waiting_ms=0.500 "
        "starting_ms=3498.500 ready_ms=6000.000 stopping_ms=100.250 total_ms=9599.250");
}
