#include "init/base/protobuf.h"

#include "tests/catch.h"

using namespace usher;
using namespace std::string_literals;
using Kind = ProtoField::Kind;

TEST_CASE("fields are written as Protocol Buffers have them, and read back", "[protobuf]") {
  std::string message;
  append_number(message, 1, 150);
  append_bytes(message, 2, "testing");
  append_fixed64(message, 16, 0x0102030405060708);
  append_number(message, 3, ~std::uint64_t{0});
  CHECK(message == "\x08\x96\x01\x12\x07testing\x81\x01\x08\x07\x06\x05\x04\x03\x02\x01"s
                   "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s);
  std::string_view rest = message;
  auto field = take_field(rest);
  CHECK((field->field == 1 && field->kind == Kind::number && field->number == 150));
  field = take_field(rest);
  CHECK((field->field == 2 && field->kind == Kind::bytes && field->bytes == "testing"));
  field = take_field(rest);
  CHECK((field->field == 16 && field->kind == Kind::other && field->bytes.size() == 8));
  field = take_field(rest);
  CHECK(field->number == ~std::uint64_t{0});
  CHECK(rest.empty());
}

TEST_CASE("what is cut off or does not exist is no field", "[protobuf]") {
  for (const std::string& message : {""s, "\x08"s, "\x08\x80"s, "\x12\x02x"s, "\x09xxxxxxx"s, "\x0dxxx"s, "\x0bx"s,
                                     "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s}) {
    std::string_view rest = message;
    CHECK_FALSE(take_field(rest));
  }
}

TEST_CASE("a text is UTF-8 whatever it was", "[protobuf]") {
  std::string message;
  append_text(message, 1, "a\xff\xc3\xa9\xc3");
  CHECK(message == "\x0a\x09"s "a\xEF\xBF\xBD\xc3\xa9\xEF\xBF\xBD");
}
