#include "init/text/line_scanner.h"

#include <random>
#include <vector>

#include "tests/catch.h"

using usher::LineScanner;

namespace {

using Lines = std::vector<std::string>;

Lines scan(const std::vector<std::string_view>& pieces) {
  LineScanner scanner;
  Lines lines;
  const auto sink = [&](std::string_view line) { lines.emplace_back(line); };
  for (const auto piece : pieces) scanner.feed(piece, sink);
  scanner.finish(sink);
  return lines;
}

}  // namespace

TEST_CASE("lines are what stands between newlines", "[line_scanner]") {
  CHECK(scan({"a\nb\r\n\nc"}) == Lines{"a", "b", "", "c"});
  CHECK(scan({"", "a", "", "b", "\n"}) == Lines{"ab"});
  CHECK(scan({"a\r", "\nb"}) == Lines{"a", "b"});
  CHECK(scan({"a\rb\n"}) == Lines{"a\rb"});
  CHECK(scan({std::string_view("a\0b\n", 4)}) == Lines{std::string("a\0b", 3)});
  CHECK(scan({}).empty());
  CHECK(scan({"\n"}) == Lines{""});
}

TEST_CASE("the front of a line that is too long is shown once", "[line_scanner]") {
  const std::string longest(LineScanner::kLongest, 'x');
  CHECK(scan({longest, "tail\nnext\n"}) == Lines{longest, "next"});
  CHECK(scan({longest + "tail\nnext\n"}) == Lines{longest, "next"});
  CHECK(scan({longest, longest, longest}) == Lines{longest});
  const std::string fits(LineScanner::kLongest - 1, 'y');
  CHECK(scan({fits, "\nnext"}) == Lines{fits, "next"});
  CHECK(scan({fits + "\nnext"}) == Lines{fits, "next"});
}

TEST_CASE("that a line was not shown as a whole is known", "[line_scanner]") {
  const auto nobody = [](std::string_view) {};
  const auto cut = [&](const std::vector<std::string>& pieces) {
    LineScanner scanner;
    for (const std::string& piece : pieces) scanner.feed(piece, nobody);
    return scanner.has_cut();
  };
  const std::string longest(LineScanner::kLongest, 'x');
  CHECK_FALSE(cut({longest, "\nnext\n"}));
  CHECK_FALSE(cut({"short\n"}));
  CHECK(cut({longest, "y", "\n"}));
  CHECK(cut({longest + "y\n"}));
  CHECK(cut({longest + "y"}));
}

TEST_CASE("how the bytes are cut makes no difference", "[line_scanner]") {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (auto i = random() % 400; i > 0; --i) text += "ab\r\n\n"[random() % 5];
    std::vector<std::string_view> pieces;
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t size = std::min<std::size_t>(1 + random() % 17, rest.size());
      pieces.push_back(rest.substr(0, size));
      rest.remove_prefix(size);
    }
    CAPTURE(text);
    REQUIRE(scan(pieces) == scan({text}));
  }
}
