#include "init/control/told_health.h"

#include "tests/catch.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

ControlRequest holding(Millis hold, std::vector<std::string> checks = {}) {
  ControlRequest request;
  request.ask = Ask::health;
  request.checks = std::move(checks);
  request.hold = hold;
  return request;
}

}  // namespace

TEST_CASE("news is told at once, and the same again held as long as it has been true", "[control]") {
  ToldHealth told;
  const ControlRequest request = holding(30s);
  CHECK(told.hold(request, Health::healthy, 100s) == 0ms);
  CHECK(told.hold(request, Health::healthy, 100'200ms) == 200ms);
  CHECK(told.hold(request, Health::healthy, 102s) == 2s);
  CHECK(told.hold(request, Health::healthy, 200s) == 30s);
  CHECK(told.hold(request, Health::unhealthy, 201s) == 0ms);
  CHECK(told.hold(request, Health::unhealthy, 202s) == 1s);
  CHECK(told.hold(request, Health::healthy, 300s) == 0ms);
}

TEST_CASE("another level is another question", "[control]") {
  ToldHealth told;
  ControlRequest request = holding(30s);
  CHECK(told.hold(request, Health::healthy, 100s) == 0ms);
  request.level = CheckLevel::alive;
  CHECK(told.hold(request, Health::healthy, 101s) == 0ms);
  CHECK(told.hold(request, Health::healthy, 102s) == 1s);
}

TEST_CASE("an answer that was waited for is told", "[control]") {
  ToldHealth told;
  told.tell(holding(30s), Health::healthy, 100s);
  CHECK(told.hold(holding(30s), Health::healthy, 101s) == 1s);
}

TEST_CASE("who does not ask for it is never held, and does not spend the news", "[control]") {
  ToldHealth told;
  CHECK(told.hold(holding(0s), Health::healthy, 100s) == 0ms);
  CHECK(told.hold(holding(0s), Health::healthy, 200s) == 0ms);
  CHECK(told.hold(holding(30s), Health::healthy, 300s) == 0ms);
}

TEST_CASE("what was told of other checks is no answer to these", "[control]") {
  ToldHealth told;
  CHECK(told.hold(holding(30s, {"redis"}), Health::healthy, 100s) == 0ms);
  CHECK(told.hold(holding(30s), Health::healthy, 200s) == 0ms);
}
