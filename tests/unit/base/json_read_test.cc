#include "init/base/json_read.h"

#include <random>

#include "init/base/json.h"
#include "tests/catch.h"

using namespace usher;

TEST_CASE("JSON of every type is read", "[json]") {
  const auto json =
      parse_json(R"({"t":"a\u00e9\n","i":-7,"big":18446744073709551615,"n":1.5,"b":true,"z":null,)"
                 R"("l":[1,"x",[]],"o":{"k":2}})");
  REQUIRE(json);
  CHECK(json->text_of("t") == "a\xC3\xA9\n");
  CHECK(json->integer_of("i") == -7);
  CHECK_FALSE(json->integer_of("big"));
  CHECK(json->find("big")->number > 1.8e19);
  CHECK(json->find("n")->number == 1.5);
  CHECK(json->boolean_of("b"));
  CHECK(json->find("z")->kind == Json::Kind::null);
  REQUIRE(json->items_of("l").size() == 3);
  CHECK(json->items_of("l")[1].text == "x");
  CHECK(json->find("o")->integer_of("k") == 2);
}

TEST_CASE("a member that is missing or of another type reads as nothing", "[json]") {
  const auto json = parse_json(R"({"t":1,"i":"1","b":"true","l":{}})");
  REQUIRE(json);
  for (const char* name : {"t", "l", "none"}) CHECK(json->text_of(name).empty());
  for (const char* name : {"i", "b", "l", "none"}) CHECK_FALSE(json->integer_of(name));
  for (const char* name : {"t", "i", "b", "l", "none"}) {
    CHECK_FALSE(json->boolean_of(name));
    CHECK(json->items_of(name).empty());
  }
  CHECK(parse_json("[1]")->find("x") == nullptr);
}

TEST_CASE("what is not JSON is refused", "[json]") {
  const char* text = GENERATE("", " ", "{", "}", "{\"a\":}", "{\"a\":1}x", "{'a':1}", "[1,]", "nul",
                              "\"\xFF\"", "\"\n\"", "1e999", "{\"a\":1}{\"a\":1}", "\xEF\xBB");
  CAPTURE(text);
  CHECK_FALSE(parse_json(text));
}

TEST_CASE("JSON may be as deep as allowed and no deeper, however deep it is", "[json]") {
  CHECK(parse_json("[[[1]]]", 3));
  CHECK_FALSE(parse_json("[[[[1]]]]", 3));
  CHECK_FALSE(parse_json(std::string(1 << 20, '['), 8));
  CHECK(parse_json("1", 0));
  CHECK_FALSE(parse_json("[]", 0));
}

TEST_CASE("whatever bytes come, reading them ends with a value or without", "[json]") {
  std::minstd_rand random(7);
  const std::string_view alphabet = "{}[]\",:0123456789eE+-.truefalsn\\u \n\xC3\xA9\xFF";
  unsigned read = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto length = random() % 24; text.size() < length;)
      text += alphabet[random() % alphabet.size()];
    read += parse_json(text).has_value();
  }
  CHECK(read > 0);
}

TEST_CASE("any text that we write is read back", "[json]") {
  std::minstd_rand random(11);
  for (int i = 0; i < 2'000; ++i) {
    std::string text;
    for (auto length = random() % 40; text.size() < length;)
      text += static_cast<char>(random() % 128);
    std::string out;
    JsonObject(out).add("t", text).add("i", static_cast<std::int64_t>(random())).end();
    const auto json = parse_json(out);
    REQUIRE(json);
    CHECK(json->text_of("t") == text);
  }
}
