#include "init/app/start_variables.h"

#include "tests/catch.h"

using namespace usher;
using namespace std::chrono_literals;
using Variables = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("a start is told which one it is, when, and what it has waited for", "[start]") {
  const auto now = std::chrono::system_clock::time_point(1'700'000'000'123ms);
  const Variables alone{{"USHER_ATTEMPT", "1"}, {"USHER_STARTED_AT", "2023-11-14T22:13:20.123Z"}};
  CHECK(start_variables(1, now, {}) == alone);
  Dependencies::State redis{"redis", "redis://redis:6379", true, "", 12'999us};
  Dependencies::State server{"js-echo-server", "", true, "", 3s};
  CHECK(start_variables(2, now, {redis, server}).back() ==
        std::pair<std::string, std::string>{"USHER_DEPENDENCIES_MS", R"({"redis":12,"js-echo-server":3000})"});
}
