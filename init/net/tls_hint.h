// Whether bytes are how a server that speaks TLS answers what is none: an alert.
#pragma once

#include <string_view>

namespace usher {

inline constexpr std::string_view kWantsTls = "the server seems to want TLS at this port";

// Of the first bytes that have come.
constexpr bool is_tls_alert(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == 0x15 && bytes[1] == 0x03;
}

}  // namespace usher
