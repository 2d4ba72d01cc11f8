#include "init/base/protobuf.h"

#include <algorithm>

#include "init/base/controls.h"
#include "init/base/known_secrets.h"

namespace usher {
namespace {

constexpr unsigned kNumber = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(0x80 | (value & 0x7f));
  out += static_cast<char>(value);
}

void append_tag(std::string& out, unsigned field, unsigned kind) { append_varint(out, field << 3 | kind); }

// Takes a number off the front.
std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[0]);
    bytes.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

}  // namespace

void append_number(std::string& message, unsigned field, std::uint64_t value) {
  append_tag(message, field, kNumber);
  append_varint(message, value);
}

void append_fixed64(std::string& message, unsigned field, std::uint64_t value) {
  append_tag(message, field, kFixed64);
  for (unsigned shift = 0; shift < 64; shift += 8) message += static_cast<char>(value >> shift & 0xff);
}

void append_bytes(std::string& message, unsigned field, std::string_view bytes) {
  append_tag(message, field, kBytes);
  append_varint(message, bytes.size());
  message += bytes;
}

void append_text(std::string& message, unsigned field, std::string_view text) {
  const std::string hidden = hide_secrets(text);
  text = hidden;
  std::string valid;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    valid += length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  append_bytes(message, field, valid);
}

std::optional<ProtoField> take_field(std::string_view& message) {
  const auto tag = take_varint(message);
  if (!tag) return std::nullopt;
  ProtoField found;
  found.field = static_cast<unsigned>(*tag >> 3);
  const auto kind = static_cast<unsigned>(*tag & 7);
  std::uint64_t size = kind == kFixed64 ? 8 : 4;
  if (kind == kNumber || kind == kBytes) {
    const auto value = take_varint(message);
    if (!value) return std::nullopt;
    found.kind = kind == kNumber ? ProtoField::Kind::number : ProtoField::Kind::bytes;
    found.number = *value;
    size = kind == kNumber ? 0 : *value;
  } else if (kind != kFixed64 && kind != kFixed32) {
    return std::nullopt;
  }
  if (size > message.size()) return std::nullopt;
  found.bytes = message.substr(0, static_cast<std::size_t>(size));
  message.remove_prefix(found.bytes.size());
  return found;
}

}  // namespace usher
