#include "init/config/environment_file.h"

#include "tests/catch.h"

using namespace usher;
using Variables = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("an environment file is lines of KEY=VALUE", "[config][environment file]") {
  const EnvironmentFile file = parse_environment_file(
      "\xEF\xBB\xBF# comment\r\n\r\nA=1\r\nexport B=two words  \n  C = 3\nD=x # part of it\nE=\n"
      "F='${A} \\n'\nG=\"a\\nb\\t\\\\\\\"\\$\"\nH=a=b\nlast.one-x=5");
  REQUIRE(file.problems.size() == 1);
  CHECK(file.problems[0].line == 5);
  CHECK_THAT(file.problems[0].why, has_text("\"C \" is no name of a variable"));
  CHECK(file.variables == Variables{{"A", "1"},
                                    {"B", "two words"},
                                    {"D", "x # part of it"},
                                    {"E", ""},
                                    {"F", "${A} \\n"},
                                    {"G", "a\nb\t\\\"$"},
                                    {"H", "a=b"},
                                    {"last.one-x", "5"}});
}

TEST_CASE("lines that are none are told by number", "[config][environment file]") {
  const auto [line, why] = GENERATE(table<std::string, std::string>({
      {"A", "expected KEY=VALUE, got \"A\""},
      {"=x", "\"\" is no name of a variable"},
      {"1A=x", "\"1A\" is no name of a variable"},
      {"A='x", "the quote is not closed on this line"},
      {"A=\"x\\", "the quote is not closed on this line"},
      {"A='x' y", "there is text after the closing quote"},
      {"A=\"\\q\"", "unknown escape \"\\\\q\"; known: \\n \\t \\\\ \\\" \\$"},
  }));
  const EnvironmentFile file = parse_environment_file("OK=1\n" + line + "\nALSO=1\n");
  REQUIRE(file.problems.size() == 1);
  CHECK(file.problems[0].line == 2);
  CHECK_THAT(file.problems[0].why, has_text(why));
  CHECK(file.variables.size() == 2);
}

TEST_CASE("an environment cannot hold a NUL", "[config][environment file]") {
  using namespace std::string_view_literals;
  CHECK(parse_environment_file("A=\0"sv).problems.size() == 1);
  CHECK(parse_environment_file("").problems.empty());
}
