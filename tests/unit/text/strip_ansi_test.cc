#include "init/text/strip_ansi.h"

#include "tests/catch.h"

using usher::strip_ansi;

TEST_CASE("what a terminal would not show is taken out", "[strip_ansi]") {
  CHECK(strip_ansi("plain") == "plain");
  CHECK(strip_ansi("\x1b[32mgreen\x1b[0m") == "green");
  CHECK(strip_ansi("\x1b[38;2;1;2;3mx\x1b[m") == "x");
  CHECK(strip_ansi("\x1b]0;title\ax") == "x");
  CHECK(strip_ansi("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\") == "link");
  CHECK(strip_ansi("\x1b(Bx") == "x");
  CHECK(strip_ansi("\x1b" "7x") == "x");
  CHECK(strip_ansi("a\x1b[2Kb") == "ab");
}

TEST_CASE("what is cut off or broken does not hurt", "[strip_ansi]") {
  CHECK(strip_ansi("x\x1b") == "x");
  CHECK(strip_ansi("x\x1b[") == "x");
  CHECK(strip_ansi("x\x1b[31") == "x");
  CHECK(strip_ansi("x\x1b]title") == "x");
  CHECK(strip_ansi("\x1b\x1b[1mx") == "x");
  CHECK(strip_ansi("\x1b[31\nx") == "\nx");
}
