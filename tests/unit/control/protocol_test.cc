#include "init/control/protocol.h"

#include <random>

#include "tests/catch.h"
#include "tests/unit/control/snapshots.h"

using namespace usher;

TEST_CASE("requests are read as they are written", "[protocol]") {
  std::minstd_rand random(3);
  for (int i = 0; i < 500; ++i) {
    ControlRequest request;
    request.ask = static_cast<Ask>(random() % 8);
    if (request.ask == Ask::signal) request.signal = static_cast<int>(1 + random() % 64);
    if (request.ask == Ask::health) {
      request.wait = Millis(random() % 100'000);
      request.hold = Millis(random() % 100'000);
      request.level = static_cast<CheckLevel>(random() % 3);
      for (auto count = random() % 4; request.checks.size() < count;)
        request.checks.push_back("check \"" + std::to_string(random()) + "\"\n");
    }
    const std::string line = to_json(request);
    CAPTURE(line);
    CHECK(line.find('\n') == std::string::npos);
    const ReadRequest read = read_request(line);
    CHECK(read.problem.empty());
    REQUIRE(read.request);
    CHECK(*read.request == request);
  }
}

TEST_CASE("a request that is none is told why", "[protocol]") {
  const auto [line, why] = GENERATE(Catch::Generators::table<std::string, std::string>({
      {"", "cannot read the request"},
      {"health", "cannot read the request"},
      {"[1]", "cannot read the request"},
      {R"({"v":1,"ask":"health","checks":[[[1]]]})", "cannot read the request"},
      {"GET / HTTP/1.1", "cannot read the request"},
      {R"({"ask":"status"})", "v: this usher speaks version 1 only"},
      {R"({"v":2,"ask":"status"})", "v: this usher speaks version 1 only"},
      {R"({"v":"1","ask":"status"})", "v: this usher speaks version 1 only"},
      {R"({"v":1})", "ask: \"\" is not known"},
      {R"({"v":1,"ask":"sttaus"})", "ask: \"sttaus\" is not known"},
      {R"({"v":1,"ask":7})", "ask: \"\" is not known"},
      {R"({"v":1,"ask":"health","checks":"redis"})", "checks: expected a list of names"},
      {R"({"v":1,"ask":"health","checks":[1]})", "checks: expected a list of names"},
      {R"({"v":1,"ask":"health","level":"live"})", "level: expected alive, ready or watch"},
      {R"({"v":1,"ask":"health","level":1})", "level: expected alive, ready or watch"},
      {R"({"v":1,"ask":"health","wait_ms":-1})", "wait_ms: expected milliseconds from 0 to a year"},
      {R"({"v":1,"ask":"health","wait_ms":1e99})",
       "wait_ms: expected milliseconds from 0 to a year"},
      {R"({"v":1,"ask":"health","wait_ms":"5s"})",
       "wait_ms: expected milliseconds from 0 to a year"},
      {R"({"v":1,"ask":"health","hold_ms":-1})", "hold_ms: expected milliseconds from 0 to a year"},
      {R"({"v":1,"ask":"signal"})", "signal: expected a number from 1 to 64"},
      {R"({"v":1,"ask":"signal","signal":0})", "signal: expected a number from 1 to 64"},
      {R"({"v":1,"ask":"signal","signal":65})", "signal: expected a number from 1 to 64"},
  }));
  CAPTURE(line);
  const ReadRequest read = read_request(line);
  CHECK_FALSE(read.request);
  CHECK_THAT(read.problem, has_text(why));
}

TEST_CASE("more names than a container has are refused", "[protocol]") {
  ControlRequest request;
  request.ask = Ask::health;
  request.checks.assign(65, "a");
  CHECK_THAT(read_request(to_json(request)).problem, has_text("at most 64 names"));
}

TEST_CASE("what a newer client adds to a request is not minded", "[protocol]") {
  CHECK(read_request(R"({"v":1,"ask":"status","colour":{"red":true}})").request);
}

TEST_CASE("a request with any of its bytes changed is read or refused, and changes nothing else",
          "[protocol]") {
  std::minstd_rand random(5);
  const std::string good = R"({"v":1,"ask":"health","checks":["redis","x"],"wait_ms":30000,"hold_ms":9})";
  for (int i = 0; i < 20'000; ++i) {
    std::string line = good;
    for (auto changes = 1 + random() % 3; changes > 0; --changes)
      line[random() % line.size()] = static_cast<char>(random() % 256);
    const ReadRequest read = read_request(line);
    CHECK(read.request.has_value() == read.problem.empty());
  }
}

TEST_CASE("answers are single lines of JSON", "[protocol]") {
  Snapshot s = snapshot_in("ready", true, "1 check\npasses");
  s.checks.push_back(check_view("redis", CheckStatus::passing));
  const HealthAnswer answer = answer_health(s, {});
  for (const std::string& line : {health_line(answer, CheckLevel::ready, s), status_line(s), metrics_line("a\nb\n"),
                                  coordination_line({}),
                                  done_line("a\nb"), error_line("\"no\"")}) {
    CHECK(line.find('\n') == line.size() - 1);
    const auto json = parse_json(line);
    REQUIRE(json);
    CHECK(json->integer_of("v") == 1);
  }
  const auto health = parse_json(health_line(answer, CheckLevel::alive, s));
  CHECK(health->boolean_of("healthy"));
  CHECK(health->text_of("level") == "alive");
  CHECK(health->items_of("checks").at(0).text_of("name") == "redis");
}

TEST_CASE("where the registry is goes there and back", "[protocol]") {
  const CoordinationConfig config{"redis://:s@redis/2", "run", Millis{15'000}, {"a", "b \"c\""}, "me", "p\"w",
                                  {"/ca.pem", "", "", "redis.internal", false}};
  CHECK(coordination_from(*parse_json(coordination_line(config))) == config);
  CHECK(coordination_from(*parse_json(coordination_line({}))) == CoordinationConfig{});
  for (const char* strange : {"{}", R"({"coordination":7})", R"({"coordination":{"redis":[],"expects":"a"}})"})
    CHECK(coordination_from(*parse_json(strange)) == CoordinationConfig{});
}
