#include "init/timeline/life_record.h"

#include "init/base/utc.h"
#include "tests/catch.h"

using namespace usher;
using std::chrono::microseconds;

namespace {

Report written() {
  Report report;
  report.service = "echo";
  report.instance = "host";
  report.verdict = {false, 143, Reason::stopped};
  report.life.stop = StopRequest{StopCause::signal, 15};
  report.life.attempts_total = 2;
  report.life.restarts_total = 1;
  report.last_exit = ServiceExit{0, 15};
  report.ready_value = "value";
  report.trace = "0af7651916cd43dd8448eb211c80319c";
  report.checks = {{"redis", 12, 1}};
  report.dependencies = {{"key", "file:/k", false, microseconds{450}, "is not there"}};
  report.started_at =
      std::chrono::system_clock::time_point(std::chrono::milliseconds(1'795'508'716'902));
  report.peak_memory_bytes = 1 << 20;
  report.cpu_user_ms = 7;
  report.cpu_system_ms = 5;
  report.phases.begin(microseconds{1'000});
  report.phases.enter(State::preparing, microseconds{3'000});
  report.phases.enter(State::starting, microseconds{4'000});
  report.phases.enter(State::ready, microseconds{10'000});
  report.phases.enter(State::stopping, microseconds{20'000});
  report.phases.service_ended({0, 15});
  report.phases.enter(State::exited, microseconds{21'000});
  return report;
}

LifeRecord read_back(const Report& report) {
  LifeRecords found = read_life_records('{' + to_json_members(report) + "}\n");
  REQUIRE(found.problem.empty());
  REQUIRE(found.lives.size() == 1);
  return std::move(found.lives.front());
}

const std::string kLeast =
    R"({"event":"report","service":"a","started_at":"2026-11-24T08:25:16.902Z","phases_ms":{"total":5.0)";

}  // namespace

TEST_CASE("a report that usher wrote is read back", "[timeline]") {
  const LifeRecord life = read_back(written());
  CHECK(life.service == "echo");
  CHECK(life.instance == "host");
  CHECK(life.exit_code == 143);
  CHECK(life.reason == "stopped");
  CHECK(life.signal == "SIGTERM");
  CHECK(life.stopped_by == "SIGTERM");
  CHECK(life.attempts == 2);
  CHECK(life.restarts == 1);
  CHECK(life.ready_value == "value");
  CHECK(life.trace == "0af7651916cd43dd8448eb211c80319c");
  CHECK(utc_text(life.started) == "2026-11-24T08:25:16.902Z");
  CHECK(life.total == microseconds{20'000});
  CHECK(life.peak_memory_bytes == 1 << 20);
  CHECK(life.cpu_ms == 12);
  CHECK(life.in_order);
  REQUIRE(life.checks.size() == 1);
  CHECK(life.checks[0].name == "redis");
  CHECK(life.checks[0].failed == 1);
  REQUIRE(life.dependencies.size() == 1);
  CHECK_FALSE(life.dependencies[0].satisfied);
  CHECK(life.dependencies[0].after == microseconds{450});
  CHECK(life.dependencies[0].last_seen == "is not there");
  REQUIRE(life.spans.size() == 5);
  CHECK(life.spans[0].phase == Phase::waiting);
  CHECK(life.spans[1].phase == Phase::starting);
  CHECK(life.spans[1].state == "preparing");
  CHECK(life.spans[3].phase == Phase::ready);
  CHECK(life.spans[3].begin == microseconds{9'000});
  CHECK(life.spans[3].end == microseconds{19'000});
  CHECK(life.spans[3].ended.empty());
  CHECK(life.spans[4].ended == "SIGTERM");
}

TEST_CASE("without a timeline the sums stand in for it", "[timeline]") {
  const LifeRecords found = read_life_records(kLeast + R"(,"ready":3.0,"starting":2}})");
  REQUIRE(found.lives.size() == 1);
  const LifeRecord& life = found.lives[0];
  CHECK_FALSE(life.in_order);
  REQUIRE(life.spans.size() == 2);
  CHECK(life.spans[0].phase == Phase::starting);
  CHECK(life.spans[1].phase == Phase::ready);
  CHECK(life.spans[1].begin == microseconds{2'000});
  CHECK(life.spans[1].end == microseconds{5'000});
}

TEST_CASE("reports are found among the lines of a log", "[timeline]") {
  const std::string line = '{' + to_json_members(written()) + '}';
  const LifeRecords found =
      read_life_records("echo-1  | hello {\necho-1  | {\"ts\":1," + line.substr(1) +
                        "\r\n{\"event\":\"ready\"}\n" + line + "\n");
  CHECK(found.problem.empty());
  CHECK(found.lives.size() == 2);
}

TEST_CASE("what is no report is said to be none", "[timeline]") {
  const std::string report = '{' + to_json_members(written()) + '}';
  const auto [text, problem] = GENERATE_COPY(Catch::Generators::table<std::string, std::string>({
      {"", "is empty"},
      {" \n", "is empty"},
      {"hello\n", "has no report of usher in it"},
      {report.substr(0, report.size() / 2), "has a report in it that is not complete, or no JSON"},
      {"{\"eve", "is not complete, or no JSON"},
      {"{}", "is JSON, but no report of usher"},
      {"[1,2]", "is JSON, but no report of usher"},
      {"{\"event\":\"ready\"}", "is JSON, but no report of usher"},
      {R"({"event":"report","format":2})",
       "was written by a newer usher: its format is 2, and this usher knows 1"},
      {R"({"event":"report","started_at":"yesterday"})", "has no started_at that is a time"},
      {R"({"event":"report","started_at":"2026-11-24T08:25:16.902Z"})", "has no phases_ms"},
      {"x\n" + report.substr(0, report.size() - 1) + "\n",
       "has a report in it that is not complete, or no JSON"},
  }));
  const LifeRecords found = read_life_records(text);
  CHECK(found.problem == problem);
  CHECK(found.lives.empty());
}

TEST_CASE("a good report beside a bad one is kept", "[timeline]") {
  const std::string report = '{' + to_json_members(written()) + '}';
  const LifeRecords found = read_life_records(report + '\n' + report.substr(0, 90) + '\n');
  CHECK(found.lives.size() == 1);
  CHECK(found.problem == "has a report in it that is not complete, or no JSON");
}

TEST_CASE("whatever a timeline says, its spans follow each other", "[timeline]") {
  const auto* const items = GENERATE(
      R"([{"phase":"ready","at_ms":1,"ms":9},{"phase":"starting","at_ms":0,"ms":5}])",
      R"([{"phase":"ready","at_ms":-4,"ms":-9},{"phase":"ready","at_ms":1e300,"ms":1e300}])",
      R"([{"phase":"ready","at_ms":"x","ms":null},{"phase":"dancing","at_ms":1,"ms":1},7,[],{}])",
      R"([{"phase":"ready","at_ms":9e99,"ms":1},{"phase":"stopping","at_ms":2,"ms":9e99}])");
  const LifeRecords found = read_life_records(kLeast + R"(},"timeline":)" + items + "}");
  REQUIRE(found.lives.size() == 1);
  const LifeRecord& life = found.lives[0];
  microseconds at{0};
  for (const PhaseSpan& span : life.spans) {
    CHECK(span.begin >= at);
    CHECK(span.end >= span.begin);
    CHECK(span.end <= life.total);
    at = span.end;
  }
}

TEST_CASE("no count is too high to be added and converted", "[timeline]") {
  const LifeRecords found = read_life_records(
      kLeast + R"(},"attempts":-1,"peak":{"cpu_user_ms":9223372036854775807,"cpu_system_ms":9223372036854775807}})");
  REQUIRE(found.lives.size() == 1);
  CHECK(found.lives[0].attempts == 0);
  CHECK(found.lives[0].cpu_ms == 2'000'000'000'000'000);
}

TEST_CASE("a timeline without end is cut off", "[timeline]") {
  std::string items = R"({"phase":"ready","at_ms":1,"ms":9})";
  for (int i = 0; i < 2'000; ++i) items += R"(,{"phase":"ready","at_ms":1,"ms":9})";
  const LifeRecords found = read_life_records(kLeast + R"(},"timeline":[)" + items + "]}");
  REQUIRE(found.lives.size() == 1);
  CHECK(found.lives[0].spans.size() == 1'000);
}
