#include "init/coordinate/breaker.h"

#include "tests/catch.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

Breaker without_jitter() {
  return Breaker({.initial = 250ms, .factor = 2.0, .max = 1s, .jitter = 0});
}

}  // namespace

TEST_CASE("after a failure nothing gets through until the pause is over", "[breaker]") {
  Breaker breaker = without_jitter();
  CHECK(breaker.lets_through());
  CHECK(breaker.failed(0) == 250ms);
  CHECK(breaker.state() == Breaker::State::open);
  CHECK(!breaker.lets_through());
  breaker.pause_over();
  CHECK(breaker.state() == Breaker::State::half_open);
  CHECK(breaker.lets_through());
}

TEST_CASE("pauses grow up to a longest one, and begin anew after a success", "[breaker]") {
  Breaker breaker = without_jitter();
  for (const auto pause : {250ms, 500ms, 1000ms, 1000ms, 1000ms}) {
    CHECK(breaker.failed(0.5) == pause);
    breaker.pause_over();
  }
  CHECK(breaker.failures() == 5);
  breaker.succeeded();
  CHECK(breaker.state() == Breaker::State::closed);
  CHECK(breaker.failures() == 0);
  CHECK(breaker.failed(0.5) == 250ms);
}

TEST_CASE("a late timer does not open what has closed in the meantime", "[breaker]") {
  Breaker breaker = without_jitter();
  breaker.failed(0);
  breaker.succeeded();
  breaker.pause_over();
  CHECK(breaker.state() == Breaker::State::closed);
}

TEST_CASE("a server that is away for a day costs one attempt for each longest pause", "[breaker]") {
  Breaker breaker;
  std::chrono::milliseconds passed{0};
  unsigned attempts = 0;
  while (passed < 24h) {
    ++attempts;
    passed += breaker.failed(0.5);
    breaker.pause_over();
  }
  CHECK(attempts < 24 * 3600 + 10);
}
