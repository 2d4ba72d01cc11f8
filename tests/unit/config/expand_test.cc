#include "init/config/expand.h"

#include "tests/catch.h"

using namespace usher;

namespace {

const char* const kBlock[] = {"NAME=node",  "EMPTY=",        "TRICKY=\"], x = [\"${NAME} $$\n",
                              "NAMES=many", "NAME=shadowed", nullptr};

Expansion expanded(std::string_view text, bool pattern = false) {
  return expand(text, Environment(kBlock), pattern);
}

std::string text_of(std::string_view text) {
  const Expansion result = expanded(text);
  CHECK(result.problem == "");
  return result.text;
}

}  // namespace

TEST_CASE("variables, defaults and dollars are expanded", "[config][expand]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"", ""},
      {"plain", "plain"},
      {"${NAME}", "node"},
      {"a${NAME}b${NAMES}c", "anodebmanyc"},
      {"${NAME:-x}", "node"},
      {"${EMPTY}", ""},
      {"${EMPTY:-x}", "x"},
      {"${UNSET:-}", ""},
      {"${UNSET:-a b}", "a b"},
      {"${UNSET:-${NAME}}", "node"},
      {"${UNSET:-${ALSO:-deep}}", "deep"},
      {"${NAME:-${UNSET}}", "node"},  // a default that is not used needs nothing
      {"${NAME:?must be there}", "node"},
      {"$$", "$"},
      {"$${NAME}", "${NAME}"},
      {"$$$${NAME}", "$${NAME}"},
      {"$NAME $ $1 a$", "$NAME $ $1 a$"},
      {"}", "}"},
      {"${UNSET:-a$$b}", "a$b"},
  }));
  CAPTURE(text);
  CHECK(text_of(text) == expected);
}

TEST_CASE("what a variable holds is taken as it is", "[config][expand]") {
  CHECK(text_of("<${TRICKY}>") == "<\"], x = [\"${NAME} $$\n>");
  CHECK(expanded("${NAME}").used_variable);
  CHECK_FALSE(expanded("$$").used_variable);
}

TEST_CASE("a variable that is not set is said by its name", "[config][expand]") {
  const auto [text, problem] = GENERATE(table<std::string, std::string>({
      {"${UNSET}", "UNSET is not set; set it, or give a default with ${UNSET:-...}"},
      {"${UNSET:?}", "UNSET is not set"},
      {"${EMPTY:?give the key}", "EMPTY: give the key"},
      {"${UNSET:?because of ${NAME}}", "UNSET: because of node"},
      {"${UNSET:-${ALSO}}", "ALSO is not set; set it, or give a default with ${ALSO:-...}"},
  }));
  CAPTURE(text);
  CHECK(expanded(text).problem == problem);
  CHECK(expanded(text).missing);
}

TEST_CASE("an expansion that is not well formed is shown", "[config][expand]") {
  const std::string text = GENERATE("${", "${}", "${NAME", "${1}", "${NAME:+x}", "${NAME-x}", "${NAME:-x",
                                    "${NA ME}", "${:-x}", "${NAME:-${}}");
  CAPTURE(text);
  const Expansion result = expanded(text);
  CHECK(result.problem.starts_with("cannot read \"${"));
  CHECK(result.problem.find("write ${NAME}, ${NAME:-default}, ${NAME:?message} or ${file:/PATH}") != std::string::npos);
  CHECK_FALSE(result.missing);
}

TEST_CASE("in a pattern a backslash keeps the character after it", "[config][expand]") {
  CHECK(expanded(R"(\${NAME} costs \$5$)", true).text == R"(\${NAME} costs \$5$)");
  CHECK(expanded(R"(\\${NAME})", true).text == R"(\\node)");
  CHECK(expanded(R"(a\)", true).text == R"(a\)");
  CHECK(expanded(R"(\${NAME})").text == R"(\node)");
}

TEST_CASE("expansions neither nest nor grow without end", "[config][expand]") {
  std::string nested;
  for (int i = 0; i < 100; ++i) nested += "${A:-";
  CHECK(expanded(nested).problem.starts_with("cannot read"));

  const std::string big = "BIG=" + std::string(600'000, 'x');
  const char* const block[] = {big.c_str(), nullptr};
  CHECK(expand("${BIG}", Environment(block)).problem == "");
  CHECK(expand("${BIG}${BIG}", Environment(block)).problem == "expands to more than 1 MiB");
}

TEST_CASE("the first of two variables of one name counts", "[config][expand]") {
  CHECK(Environment(kBlock).find("NAME") == "node");
  CHECK(Environment(kBlock).find("NAM") == std::nullopt);
  CHECK(Environment(nullptr).find("NAME") == std::nullopt);
}

namespace {

FileText a_file(const std::string& path, std::size_t most) {
  CHECK(most == 65536);
  if (path == "/run/secrets/redis") return {"hunter2/@%41$X\n\n", "", false};
  if (path == "/run/secrets/none") return {"", "No such file or directory", true};
  return {"", "Permission denied", false};
}

Expansion with_files(std::string_view text) { return expand(text, Environment(kBlock, a_file)); }

}  // namespace

TEST_CASE("a file stands for what it holds, without its final newline", "[config][expand][secrets]") {
  const Expansion whole = with_files("${file:/run/secrets/redis}");
  CHECK(whole.text == "hunter2/@%41$X\n");
  CHECK(whole.used_file);
  CHECK(with_files("a${file:/run/${NONE:-secrets}/redis}b").text == "ahunter2/@%41$X\nb");
  CHECK_FALSE(with_files("${NAME}").used_file);
  CHECK(with_files("${NAME:-${file:/run/secrets/none}}").text == "node");
}

TEST_CASE("a file that cannot be read is a mistake, and one that nobody reads is none", "[config][expand][secrets]") {
  CHECK(with_files("${file:/run/secrets/none}").problem ==
        "cannot read \"/run/secrets/none\": No such file or directory");
  CHECK(with_files("${file:/run/secrets/none}").absent);
  CHECK(with_files("${file:/x}").problem == "cannot read \"/x\": Permission denied");
  CHECK_FALSE(with_files("${file:/x}").absent);
  CHECK(with_files("${file:x}").problem == "expected the absolute path of a file, got \"x\"");
  CHECK(with_files("${file:/x").problem.starts_with("cannot read \"${file:/x\"; write "));
  CHECK(expanded("${file:/x}").unread);
}

TEST_CASE("a variable may be called file", "[config][expand]") {
  CHECK(text_of("${file:-x}") == "x");
  CHECK(expanded("${file:?why}").problem == "file: why");
  CHECK(expanded("${file}").missing);
}
