#include "init/config/environment_file.h"

#include <algorithm>

#include "tests/catch.h"

using namespace usher;

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

Variables variables_of(const EnvironmentFile& file) {
  Variables out;
  for (const EnvironmentVariable& each : file.variables) out.emplace_back(each.name, each.value);
  return out;
}

}  // namespace

TEST_CASE("an environment file is lines of KEY=VALUE", "[config][environment file]") {
  const EnvironmentFile file = parse_environment_file(
      "\xEF\xBB\xBF# comment\r\n\r\nA=1\r\nexport B=two words  \n  C = 3\nD=x # no part of it\nE=\n"
      "F='${A} \\n'\nG=\"a\\nb\\t\\\\\\\"\\$\\r\"\nH=a=b\nlast.one-x=5\nI=#fff\nJ= # nothing\nK=a#b\n"
      "export\tL= 'a' # b\nexported=1\nM=it's \"so\"");
  REQUIRE(file.problems.size() == 1);
  CHECK(file.problems[0].line == 5);
  CHECK_THAT(file.problems[0].why, has_text("there is a blank after \"C\"; write NAME=VALUE"));
  CHECK(variables_of(file) == Variables{{"A", "1"},
                                        {"B", "two words"},
                                        {"D", "x"},
                                        {"E", ""},
                                        {"F", "${A} \\n"},
                                        {"G", "a\nb\t\\\"$\r"},
                                        {"H", "a=b"},
                                        {"last.one-x", "5"},
                                        {"I", "#fff"},
                                        {"J", ""},
                                        {"K", "a#b"},
                                        {"L", "a"},
                                        {"exported", "1"},
                                        {"M", "it's \"so\""}});
  CHECK(file.variables[4].literal);
  CHECK_FALSE(file.variables[5].literal);
}

TEST_CASE("a value in quotes may go over several lines", "[config][environment file]") {
  const std::string key = "-----BEGIN X-----\nabc=\n\n# no comment\n-----END X-----";
  const auto [text, value] = GENERATE_COPY(table<std::string, std::string>({
      {"A=\"" + key + "\"", key},
      {"export A='" + key + "' # a comment", key},
      {"A=\"a\r\nb\"\r", "a\nb"},
      {"A='it\\'s\\n'", "it's\\n"},
      {"A=\"^https?:\\/\\/\\d\"", "^https?:\\/\\/\\d"},
  }));
  const EnvironmentFile file = parse_environment_file(text + "\nB=2\nbad");
  CHECK(variables_of(file) == Variables{{"A", value}, {"B", "2"}});
  REQUIRE(file.problems.size() == 1);
  CHECK(file.problems[0].line == static_cast<unsigned>(3 + std::count(text.begin(), text.end(), '\n')));
}

TEST_CASE("lines that are none are told by number", "[config][environment file]") {
  const auto [line, why] = GENERATE(table<std::string, std::string>({
      {"A", "expected KEY=VALUE"},
      {"=x", "is no name of a variable"},
      {"1A=x", "is no name of a variable"},
      {"A B=x", "is no name of a variable"},
      {"A='x", "the quote ' is not closed"},
      {"A=\"x\\", "the quote \" is not closed"},
      {"A='x' y", "there is text after the closing quote"},
      {"A='x'# y", "there is text after the closing quote"},
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
  CHECK(parse_environment_file("A='\0'"sv).problems.size() == 1);
  CHECK(parse_environment_file("").problems.empty());
}
