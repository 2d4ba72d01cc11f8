// Messages of Protocol Buffers, as far as usher writes and reads some.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

// A message is its fields, one behind the other; each of these appends one.
void append_number(std::string& message, unsigned field, std::uint64_t value);
void append_fixed64(std::string& message, unsigned field, std::uint64_t value);
// Bytes, or a message within.
void append_bytes(std::string& message, unsigned field, std::string_view bytes);
// As append_json_string() has it: what is not UTF-8 becomes U+FFFD, known secrets become "***".
void append_text(std::string& message, unsigned field, std::string_view text);

struct ProtoField {
  enum class Kind : std::uint8_t { number, bytes, other };
  unsigned field = 0;
  Kind kind = Kind::other;
  std::uint64_t number = 0;
  std::string_view bytes;
};
// Takes a field off the front. Nothing where it is cut off, or of a kind that does not exist.
std::optional<ProtoField> take_field(std::string_view& message);

}  // namespace usher
