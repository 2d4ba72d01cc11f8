#include "init/text/pattern.h"

#include <regex.h>

#include <chrono>
#include <random>
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

bool matches(std::string_view ere, std::string_view text) {
  const auto pattern = Pattern::compile(ere);
  REQUIRE(pattern);
  return pattern->matches(text);
}

std::string found(std::string_view ere, std::string_view text) {
  const auto pattern = Pattern::compile(ere);
  REQUIRE(pattern);
  return pattern->find(text).value_or("(none)");
}

// The C library's own, as the reference.
struct Reference {
  regex_t regex{};
  bool good;
  explicit Reference(const std::string& ere) : good(::regcomp(&regex, ere.c_str(), REG_EXTENDED) == 0) {}
  ~Reference() {
    if (good) ::regfree(&regex);
  }
  std::optional<std::string> find(const std::string& text) const {
    regmatch_t match{};
    if (::regexec(&regex, text.c_str(), 1, &match, 0) != 0) return std::nullopt;
    return text.substr(static_cast<std::size_t>(match.rm_so), static_cast<std::size_t>(match.rm_eo - match.rm_so));
  }
};

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
           "a++++++++++++",
           times(16, "(a*|b*)*"),
           times(40, "(a*|b*|c?|d*)"),
           "(\\b|a)*",
       }) {
    CAPTURE(ere);
    CHECK(Pattern::problem(ere).empty());
    CHECK(Pattern::compile(ere).has_value());
  }
}

TEST_CASE("what multiplies to too much is refused before it is there", "[pattern]") {
  for (const std::string& ere : std::vector<std::string>{
           "((x{100}){100}){100}", "((((a*b*){80})+){80})", "((){30000}){30000}", "x{5000}",
           times(100, "(") + "a" + times(100, ")"), "a" + times(200, "{1,2}")}) {
    CAPTURE(ere);
    CHECK_FALSE(Pattern::problem(ere).empty());
    CHECK_FALSE(Pattern::compile(ere).has_value());
  }
}

TEST_CASE("what is wrong with a pattern is said, with the form that works", "[pattern]") {
  const auto [ere, problem] = GENERATE(table<std::string, std::string>({
      {"", "it is empty and would match any line"},
      {"a)", "it has an unmatched )"},
      {"(a", "it has an unmatched ("},
      {"[a", "it has an unmatched ["},
      {"a\\", "it ends with a backslash"},
      {"(^)*(^)", ""},
      {"^*", "it repeats an anchor or a word boundary"},
      {"*a", "* has nothing before it to repeat; write \\* for itself"},
      {"a|+", "+ has nothing before it to repeat; write \\+ for itself"},
      {"{\"ready\"", "{ has nothing before it to repeat; write \\{ for itself"},
      {"x{a", R"(a { begins a repetition such as {2,5}; write \{ for the brace itself)"},
      {"x{3,2}", "a repetition {m,n} has m above n"},
      {"(a)\\1", "back-references are not allowed: they can take exponential time"},
      {"port \\d+", "\\d has no meaning in a POSIX expression; use [0-9]"},
      {"\\D", "\\D has no meaning in a POSIX expression; use [^0-9]"},
      {"a\\tb", "\\t has no meaning in a POSIX expression; use [[:blank:]], or the tab itself"},
      {"ready\\n", "\\n has no meaning in a POSIX expression; use [[:space:]]"},
      {"\\Aready\\z", "\\A has no meaning in a POSIX expression; use ^"},
      {"\\q", "\\q has no meaning in a POSIX expression; for the letter leave the backslash out"},
      {"\\0", "\\0 has no meaning in a POSIX expression; for the letter leave the backslash out"},
      {"[\\d.]+", "in brackets the backslash of \\d stands for itself; use [0-9]"},
      {"[^\\s]", "in brackets the backslash of \\s stands for itself; use [[:space:]]"},
      {"[\\w-]", "in brackets the backslash of \\w stands for itself; use [[:alnum:]_]"},
      {"(?:a|b)", "(?: is Perl's: a group is ( ) only; letters of both cases are [Rr][Ee] ..."},
      {"(?i)ready", "(?i is Perl's: a group is ( ) only; letters of both cases are [Rr][Ee] ..."},
      {"[[:word:]]", "[:word:] is no class; there is [:alpha:], [:digit:], [:space:] ..."},
      {"[z-a]", "a range in brackets ends before it begins"},
      {"[[.hyphen.]]", "[. .] and [= =] in brackets are taken of one character only"},
  }));
  CAPTURE(ere);
  CHECK(Pattern::problem(ere) == problem);
}

TEST_CASE("a pattern matches what it says", "[pattern]") {
  CHECK(matches("^ready$", "ready"));
  CHECK_FALSE(matches("^ready$", "not ready"));
  CHECK(matches("a|", "b"));
  CHECK(matches("()*x", "x"));
  CHECK(matches("[]a-c]-[^]]", "x]-b"));
  CHECK(matches("[[:upper:]_-]+[=]", "A_-="));
  CHECK(matches("\\<up\\>", "it is up."));
  CHECK_FALSE(matches("\\<up\\>", "it is upper"));
  CHECK(matches("\\bup\\b", "up"));
  CHECK(matches("\\Bp", "up"));
  CHECK_FALSE(matches("\\Bup", "up"));
  CHECK(matches("^\\w+\\s\\W\\S$", "port =1"));
  CHECK(matches("\\`a\\'", "a"));
  CHECK(matches("a{2}b{0}c{1,}d{,2}$", "aacccd"));
  CHECK_FALSE(matches("^a{2,3}$", "aaaa"));
  CHECK(matches("(\\.|\\[|\\{|\\}|\\/)+", "/{}"));
}

TEST_CASE("any byte is a byte, NUL and newline included", "[pattern]") {
  using namespace std::string_literals;
  CHECK(matches("a.b", "a\0b"s));
  CHECK(matches("a[^x]b", "a\xFF" "b"));
  CHECK(matches("end$", "\0\0end"s));
  CHECK(matches("a.b", "a\nb"));
}

TEST_CASE("the ends of a text are no newlines in it", "[pattern]") {
  CHECK_FALSE(matches("^ready", "not\nready"));
  CHECK_FALSE(matches("^(ready|started)", "not\nready"));
  CHECK_FALSE(matches("up$", "up\nagain"));
  CHECK(found("^not.*", "not\nready") == "not\nready");
}

TEST_CASE("letters of both cases are taken where that is asked for", "[pattern]") {
  const auto pattern = Pattern::compile("^rea[c-e]y [^x] \xC3\xA9", {.ignore_case = true});
  CHECK(pattern->matches("READY y \xC3\xA9"));
  CHECK(pattern->matches("ReAEy 1 \xC3\xA9"));
  CHECK_FALSE(pattern->matches("ready X \xC3\xA9"));
  CHECK_FALSE(matches("ready", "READY"));
}

TEST_CASE("group 1 is found, or else all of the match, the first and longest", "[pattern]") {
  CHECK(found("port ([0-9]+)", "port 1, port 22") == "1");
  CHECK(found("[0-9]+", "a 12 345") == "12");
  CHECK(found("a|ab|abc", "xabcd") == "abc");
  CHECK(found("(a|ab)(c|bcd)", "abcd") == "a");
  CHECK(found("(x)?y", "y") == "y");
  CHECK(found("(a|b)*c", "abac") == "a");
  CHECK(found("listening on (.*):([0-9]{1,5})$", "listening on [::1]:80") == "[::1]");
  CHECK(found("x*", "yx") == "");
  CHECK(found("(.+)$", std::string(9'000, 'y') + "z").size() == 9'001);
}

TEST_CASE("what matches, and where, is what the C library finds", "[pattern]") {
  const std::vector<std::string> parts{"a",  "b",  "ab", "a*",   "b+",     "a?",  "(ab)?", "(a|b)", "[ab]",  ".",
                                       "^",  "$",  "|",  "a{2}", "b{0,1}", "\\.", "\\w",   "[^a]",  "(a|ab)", "\\b",
                                       "()", "(b", ")",  "+",    "[]ab]",  "*",   "\\B",   "\\<",   "(a*b?)", "{1,2}"};
  std::mt19937 random(5);
  unsigned matched = 0, compared = 0;
  for (int round = 0; round < 6'000; ++round) {
    std::string ere;
    for (auto n = 1 + random() % 6; n > 0; --n) ere += parts[random() % parts.size()];
    const auto pattern = Pattern::compile(ere);
    const Reference reference(ere);
    if (!pattern || !reference.good) continue;
    const bool no_group = ere.find('(') == ere.npos;
    for (int i = 0; i < 12; ++i) {
      std::string text;
      for (auto n = random() % 9; n > 0; --n) text += "ab. c"[random() % 5];
      const auto expected = reference.find(text);
      CAPTURE(ere, text, expected.value_or("(none)"));
      REQUIRE(pattern->matches(text) == expected.has_value());
      ++compared;
      if (!expected || !no_group) continue;
      ++matched;
      REQUIRE(pattern->find(text) == expected);
    }
  }
  CHECK(compared > 20'000);
  CHECK(matched > 2'000);
}

TEST_CASE("no text decides how long it is looked at", "[pattern]") {
  const std::string text = times(16'384, "abca");
  for (const std::string& ere : std::vector<std::string>{
           "(a*)*(a|b)*(a?){100}x$", "(a|b|c)*a(a|b|c){14}x", times(40, "(a*|b*|c*)") + "x", ".*.*.*.*.*.*x",
           "(" + times(200, "abca|") + "word)+x", "(.{1,60}){1,60}x"}) {
    CAPTURE(ere);
    const auto pattern = Pattern::compile(ere);
    if (!pattern) continue;
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(pattern->matches(text));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));  // far from it
  }
  const auto found = Pattern::compile("(a|b|c)*a(a|b|c){14}")->find(text);
  CHECK((!found || found->size() == 1));
}
