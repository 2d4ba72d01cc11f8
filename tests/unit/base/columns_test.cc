#include "init/base/columns.h"

#include "init/base/known_secrets.h"
#include "tests/catch.h"

using namespace usher;

TEST_CASE("a line that moves shows no secret, nor what a terminal would obey") {
  note_secret("moving-sesame");
  const std::string line = moving_line(std::chrono::seconds{12}, std::chrono::minutes{2},
                                       "waiting for cache: moving-sesame \x1b[2J", 80);
  CHECK(line == "\r\x1b[Kusher: 12s of 2m00s: waiting for cache: *** \\x1b[2J");
}
