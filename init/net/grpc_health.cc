#include "init/net/grpc_health.h"

#include <charconv>

#include "init/base/protobuf.h"

namespace usher {
namespace {

constexpr std::size_t kPrefix = 5;
constexpr unsigned kField = 1;  // of both messages

std::optional<ServingStatus> read_message(std::string_view bytes) {
  std::uint64_t status = 0;  // what protobuf leaves out has its default
  while (!bytes.empty()) {
    const auto field = take_field(bytes);
    if (!field) return std::nullopt;
    if (field->field == kField && field->kind == ProtoField::Kind::number) status = field->number;
  }
  constexpr auto kLast = static_cast<std::uint64_t>(ServingStatus::service_unknown);
  return status <= kLast ? static_cast<ServingStatus>(status) : ServingStatus::unknown;
}

}  // namespace

std::string health_check_request(std::string_view service) {
  std::string message;
  if (!service.empty()) append_bytes(message, kField, service);
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
