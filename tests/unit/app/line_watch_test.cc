#include "init/app/line_watch.h"

#include "init/app/output.h"
#include "init/os/clock.h"
#include "tests/catch.h"

using namespace usher;
using Micros = std::chrono::microseconds;

namespace {

struct Watched {
  explicit Watched(std::vector<LineProbe> probes) : findings(std::make_shared<Findings>(probes)) {
    for (std::size_t i = 0; i < probes.size(); ++i) watch->add(i, probes[i]);
  }
  Loop loop;
  WakeUp wake{loop, [] {}};
  std::shared_ptr<Findings> findings;
  std::unique_ptr<LineWatch> watch = std::make_unique<LineWatch>(findings, wake);
};

}  // namespace

TEST_CASE("what is listened for is heard each time, and what is looked for once", "[line_watch]") {
  Watched one({{.on_stdout = true, .pattern = "", .max_silence = Millis{1}},
               {.on_stdout = true, .pattern = "done", .max_silence = Millis{1}},
               {.on_stdout = true, .pattern = "done"}});
  CHECK_FALSE(one.findings->heard_at(0));
  CHECK(one.watch->scan("half of a li"));
  const auto any = one.findings->heard_at(0);
  REQUIRE(any);
  CHECK_FALSE(one.findings->heard_at(1));
  for (int i = 0; i < 2; ++i) {
    const Micros before = monotonic_now();
    CHECK(one.watch->scan("done\n"));
    CHECK(one.findings->heard_at(0) >= before);
    CHECK(one.findings->heard_at(1) >= before);
    CHECK(one.findings->last_line() == "done");
  }
  CHECK_FALSE(one.findings->heard_at(2));
  CHECK(one.findings->found_by(2) == "done");
  CHECK_FALSE(one.findings->found_by(1));
}

TEST_CASE("who only looks for a line reads no further", "[line_watch]") {
  Watched one({{.on_stdout = true, .pattern = "up"}});
  CHECK(one.watch->scan("not yet\n"));
  CHECK_FALSE(one.watch->scan("up\n"));
}

TEST_CASE("silence begins with what was last heard, and not before the service is ready", "[line_watch]") {
  constexpr Micros kReady{10'000'000};
  CHECK(silence_of(Micros{12'500'000}, kReady, std::nullopt, 0) == Millis{2'500});
  CHECK(silence_of(Micros{12'500'000}, kReady, Micros{9'000'000}, 0) == Millis{2'500});
  CHECK(silence_of(Micros{12'500'000}, kReady, Micros{12'000'000}, 0) == Millis{500});
  CHECK(silence_of(Micros{12'500'000}, kReady, Micros{12'600'000}, 0) == Millis{0});
  CHECK(silence_of(Micros{99'000'000}, kReady, std::nullopt, 1) == Millis{0});  // its reader has stopped
}
