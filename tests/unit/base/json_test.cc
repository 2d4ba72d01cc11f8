#include "init/base/json.h"

#include "tests/catch.h"

using usher::append_json_string;
using usher::JsonObject;

namespace {
std::string json_text_of(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}
}  // namespace

TEST_CASE("a JSON string is valid whatever bytes go in", "[json]") {
  CHECK(json_text_of("plain") == R"("plain")");
  CHECK(json_text_of("a\"b\\c") == R"("a\"b\\c")");
  CHECK(json_text_of("\n\r\t\x01\x7f") == R"("\n\r\t\u0001\u007f")");
  CHECK(json_text_of(std::string_view("\0", 1)) == R"("\u0000")");
  CHECK(json_text_of("gr\xC3\xBC\xC3\x9F") == "\"gr\xC3\xBC\xC3\x9F\"");
  CHECK(json_text_of("\xF0\x9F\x9A\xAA") == "\"\xF0\x9F\x9A\xAA\"");
}

TEST_CASE("bytes that are not UTF-8 become the replacement character", "[json]") {
  const std::string mark = "\xEF\xBF\xBD";
  CHECK(json_text_of("\xFF") == '"' + mark + '"');
  CHECK(json_text_of("\xC3") == '"' + mark + '"');                      // cut off
  CHECK(json_text_of("\xC0\x80") == '"' + mark + mark + '"');           // overlong
  CHECK(json_text_of("\xED\xA0\x80") == '"' + mark + mark + mark + '"');  // a surrogate
  CHECK(json_text_of("\xF4\x90\x80\x80") == '"' + mark + mark + mark + mark + '"');  // beyond Unicode
}

TEST_CASE("an object lists its members in the order they were added", "[json]") {
  std::string out;
  JsonObject object(out);
  object.add("name", "x").add("n", 3).add("big", std::int64_t{-5'000'000'000}).add("yes", true);
  object.add_null("none").add_raw("list", "[1,2]").end();
  CHECK(out == R"({"name":"x","n":3,"big":-5000000000,"yes":true,"none":null,"list":[1,2]})");
}

TEST_CASE("an object may be written within another", "[json]") {
  std::string out;
  JsonObject object(out);
  object.add("a", 1);
  JsonObject(object.member("inner")).add("b", 2).end();
  object.add("c", 3).end();
  CHECK(out == R"({"a":1,"inner":{"b":2},"c":3})");
}

TEST_CASE("what needs an escape may stand anywhere", "[json]") {
  CHECK(json_text_of("\"ab") == R"("\"ab")");
  CHECK(json_text_of("ab\"") == R"("ab\"")");
  CHECK(json_text_of("a\xC3\xBC\n\xFFz") == "\"a\xC3\xBC\\n\xEF\xBF\xBDz\"");
}

TEST_CASE("keys and values may have any length", "[json]") {
  for (std::size_t length = 55; length < 70; ++length) {
    const std::string long_one(length, 'k');
    std::string out;
    JsonObject object(out);
    object.add(long_one, 1).add(long_one, long_one).end();
    CHECK(out == "{\"" + long_one + "\":1,\"" + long_one + "\":\"" + long_one + "\"}");
  }
}
