#include "init/base/controls.h"

#include "init/base/json.h"
#include "init/base/json_read.h"
#include "tests/catch.h"

using namespace usher;

TEST_CASE("controls are shown, whichever way they are written", "[controls]") {
  const auto [text, shown] = GENERATE(table<std::string, std::string>({
      {"plain text, gr\xC3\xBC\xC3\x9F", "plain text, gr\xC3\xBC\xC3\x9F"},
      {"\x1b[2J\x07", "\\x1b[2J\\x07"},
      {"a\nb\r\tc\x7f", "a\\nb\\r\\tc\\x7f"},
      {std::string("\0", 1), "\\x00"},
      {"\xC2\x9B" "31m", "\\u009b31m"},               // CSI as UTF-8
      {"\x9B" "31m", "\\x9b31m"},                     // and as one byte
      {"\xE2\x80\xAE" "exe.txt", "\\u202eexe.txt"},   // the rest from right to left
      {"\xE2\x81\xA6x\xE2\x81\xA9", "\\u2066x\\u2069"},
      {"\xD8\x9C\xE2\x80\x8F\xE2\x80\xA8", "\\u061c\\u200f\\u2028"},
      {"\xC3", "\\xc3"},
      {"\xF0\x9F\x9A\xAA\xE2\x82\xAC", "\xF0\x9F\x9A\xAA\xE2\x82\xAC"},
  }));
  CHECK(escape_controls(text) == shown);
}

TEST_CASE("no byte of what is shown is a control, whatever came in", "[controls]") {
  std::string all;
  for (unsigned a = 0; a < 256; ++a)
    for (unsigned b = 0; b < 256; ++b) all += {char(a), char(b), 'x'};
  const std::string shown = escape_controls(all);
  std::string_view rest = shown;
  while (!rest.empty()) {
    const std::size_t length = utf8_length(rest);
    if (length == 0 || is_control(rest.substr(0, length))) FAIL("still there: " << rest.substr(0, 4));
    rest.remove_prefix(length);
  }
}

TEST_CASE("lines stay lines where they are wanted", "[controls]") {
  CHECK(escape_controls_in_lines("one\x1b\ntwo\r\n") == "one\\x1b\ntwo\\r\n");
}

TEST_CASE("JSON stays the same JSON without the controls that its writer left in it", "[controls]") {
  const std::string raw = "{\"a\":\"\xC2\x9B\x7F\xE2\x80\xAE\",\t\"b\":\"\xC3\xA9\"}";
  const std::string clean = escape_controls_in_json(raw);
  CHECK(clean == "{\"a\":\"\\u009b\\u007f\\u202e\",\t\"b\":\"\xC3\xA9\"}");
  CHECK(parse_json(clean)->text_of("a") == parse_json(raw)->text_of("a"));
  std::string written;
  append_json_string(written, "\xC2\x9B\xE2\x80\xAE");
  CHECK(written == R"("\u009b\u202e")");
}
