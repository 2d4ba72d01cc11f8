#include "init/text/pattern.h"

#include <string>
#include <vector>

#include "tests/catch.h"

using namespace usher;

namespace {

std::string times(int n, const std::string& text) {
  std::string all;
  for (int i = 0; i < n; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("what people write is accepted", "[pattern]") {
  for (const std::string& ere : std::vector<std::string>{
           "listening on (.*):([0-9]{1,5})$",
           "^/ip4/[0-9.]+/tcp/[0-9]+(/(ws|wss|tls))?/p2p/[A-Za-z0-9]{46,60}$",
           "ready in .+?ms",
           ".*?: (up|down)",
           "^\\[?[0-9T:.Z-]*\\]? *(INFO|WARN|ERROR)?:? *started",
           "([a-z]+ *)*done",
           "([a-z]+[0-9]*)*done",
           "(a|b)?(c|d)?(e|f)?(g|h)?",
           "(, ?)?" + times(30, "(x(, ?)?)"),
           "x{0,255}",
           "[0-9]{1,500}",
           times(200, "word|") + "word",
           "(" + times(200, "word|") + "word)+",
       }) {
    CAPTURE(ere);
    CHECK(Pattern::problem(ere).empty());
    CHECK(Pattern::compile(ere).has_value());
  }
}

TEST_CASE("what would take seconds to compile is refused before it is", "[pattern]") {
  for (const std::string& ere : std::vector<std::string>{
           "a++++++++++++",
           "#++????++++",
           "(((((a*)+)+)+)+)+",
           times(16, "(a*|b*)*"),
           times(32, "()*"),
           times(40, "(a*|b*|c?|d*)"),
           times(30, "(a*|b*)") + "((a*|b*|c*)+)+",
           times(8, "\\b(a*|c)?") + times(200, "b*"),
           "(e??{14})++",
           "((((a*b*){8})+){8})",
           "((a*|b*){32})*",
           "(a*|b*|c*|d*|e*|f*|g*|h*){64}",
           "((x{100}){100}){100}",
           "(\\b|a)*",
           "(a)\\1",
       }) {
    CAPTURE(ere);
    CHECK_FALSE(Pattern::problem(ere).empty());
    CHECK_FALSE(Pattern::compile(ere).has_value());
  }
}

TEST_CASE("what is wrong with a pattern is said", "[pattern]") {
  CHECK(Pattern::problem("") == "it is empty and would match any line");
  CHECK(Pattern::problem("a)") == "it has an unmatched )");
  CHECK(Pattern::problem("(a") == "Unmatched ( or \\(");
  CHECK(Pattern::problem("(^a)+") == "it repeats an anchor or a word boundary");
  CHECK(Pattern::problem("(a|b?)*") == "it repeats what can be empty");
  CHECK(Pattern::problem(times(40, "(a*|b*)")) ==
        "too many groups and alternatives in it can be empty");
}
