// The two messages of grpc.health.v1.Health/Check, as they stand in the body of an HTTP/2 stream:
// a byte that says "not compressed", four of length, and protobuf with one field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

enum class ServingStatus : std::uint8_t { unknown, serving, not_serving, service_unknown };

// HealthCheckRequest { string service = 1; }
std::string health_check_request(std::string_view service);

// HealthCheckResponse { ServingStatus status = 1; }. Nothing when the bytes are no such message.
// Fields that later versions may add are passed over.
std::optional<ServingStatus> read_health_check_response(std::string_view body);

// grpc-message is percent-encoded; what is not printable is left out.
std::string decode_grpc_message(std::string_view text);

}  // namespace usher
