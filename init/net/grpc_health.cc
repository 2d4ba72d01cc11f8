#include "init/net/grpc_health.h"

#include <charconv>

namespace usher {
namespace {

constexpr std::size_t kPrefix = 5;
constexpr unsigned kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(0x80 | (value & 0x7f));
  out += static_cast<char>(value);
}

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

// Passes over a field's value. False when it is cut off or of a kind that does not exist.
bool skip_value(std::string_view& bytes, unsigned kind) {
  std::uint64_t size = 0;
  if (kind == kVarint) return take_varint(bytes).has_value();
  if (kind == kBytes) {
    const auto length = take_varint(bytes);
    if (!length) return false;
    size = *length;
  } else if (kind == kFixed64 || kind == kFixed32) {
    size = kind == kFixed64 ? 8 : 4;
  } else {
    return false;
  }
  if (size > bytes.size()) return false;
  bytes.remove_prefix(static_cast<std::size_t>(size));
  return true;
}

std::optional<ServingStatus> read_message(std::string_view bytes) {
  std::uint64_t status = 0;  // what protobuf leaves out has its default
  while (!bytes.empty()) {
    const auto tag = take_varint(bytes);
    if (!tag) return std::nullopt;
    const auto kind = static_cast<unsigned>(*tag & 7);
    if (*tag >> 3 == 1 && kind == kVarint) {
      const auto value = take_varint(bytes);
      if (!value) return std::nullopt;
      status = *value;
    } else if (!skip_value(bytes, kind)) {
      return std::nullopt;
    }
  }
  constexpr auto kLast = static_cast<std::uint64_t>(ServingStatus::service_unknown);
  return status <= kLast ? static_cast<ServingStatus>(status) : ServingStatus::unknown;
}

}  // namespace

std::string health_check_request(std::string_view service) {
  std::string message;
  if (!service.empty()) {
    message += static_cast<char>(1 << 3 | kBytes);
    append_varint(message, service.size());
    message += service;
  }
  std::string body(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8)
    body += static_cast<char>(message.size() >> shift & 0xff);
  return body + message;
}

std::optional<ServingStatus> read_health_check_response(std::string_view body) {
  if (body.size() < kPrefix || body[0] != '\0') return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 1; i < kPrefix; ++i)
    length = length << 8 | static_cast<unsigned char>(body[i]);
  if (length != body.size() - kPrefix) return std::nullopt;
  return read_message(body.substr(kPrefix));
}

std::string decode_grpc_message(std::string_view text) {
  constexpr std::size_t kMost = 200;
  std::string message;
  for (std::size_t i = 0; i < text.size() && message.size() < kMost; ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '%' && i + 2 < text.size()) {
      const auto [stop, error] = std::from_chars(&text[i + 1], &text[i + 3], byte, 16);
      if (error == std::errc{} && stop == &text[i + 3]) i += 2;
    }
    if (byte >= ' ' && byte < 0x7f) message += static_cast<char>(byte);
  }
  return message;
}

}  // namespace usher
