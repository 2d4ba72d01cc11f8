#include "init/text/literal.h"

#include <random>

#include "init/text/pattern.h"
#include "tests/catch.h"

using namespace usher;

TEST_CASE("the text that a pattern cannot do without", "[literal]") {
  CHECK(required_literal("Ready to accept connections") == "Ready to accept connections");
  CHECK(required_literal("listening on .*:[0-9]+") == "listening on ");
  CHECK(required_literal("^ready$") == "ready");
  CHECK(required_literal("a|b").empty());
  CHECK(required_literal("(a|b)cde") == "cde");
  CHECK(required_literal("abc?de") == "ab");
  CHECK(required_literal("xabc*") == "xab");
  CHECK(required_literal("abc+de") == "abc");
  CHECK(required_literal("abc++de") == "abc");
  CHECK(required_literal("abc+?d") == "ab");
  CHECK(required_literal("abc++*d") == "ab");
  CHECK(required_literal("abc+{0}d") == "ab");
  CHECK(required_literal("ab{0,3}cd") == "cd");
  CHECK(required_literal("port\\.\\w+x") == "port.");
  CHECK(required_literal("[]x]yz") == "yz");
  CHECK(required_literal("[[:alpha:]]yz") == "yz");
  CHECK(required_literal("").empty());
}

TEST_CASE("a line that matches contains it", "[literal]") {
  const std::vector<std::string> parts{"a",  "b",  "ab", "a*", "b+",    "a?",     "(ab)?", "(a|b)", "[ab]",
                                       ".",  "^",  "$",  "|",  "a{2}",  "b{0,1}", "\\.",   "\\w",   "[^a]",
                                       "()", "(b", ")",  "+",  "[]ab]", "{",      "\\(",   "[[:alpha:]]", "*", "?"};
  std::mt19937 random(3);
  unsigned matched = 0;
  for (int round = 0; round < 4'000; ++round) {
    std::string ere;
    for (auto n = 1 + random() % 5; n > 0; --n) ere += parts[random() % parts.size()];
    const auto pattern = Pattern::compile(ere);
    if (!pattern) continue;
    const std::string literal = required_literal(ere);
    for (int i = 0; i < 20; ++i) {
      std::string line;
      for (auto n = random() % 8; n > 0; --n) line += "ab.(c"[random() % 5];
      if (!pattern->matches(line)) continue;
      ++matched;
      CAPTURE(ere, line, literal);
      REQUIRE(line.find(literal) != std::string::npos);
    }
  }
  CHECK(matched > 1'000);
}
