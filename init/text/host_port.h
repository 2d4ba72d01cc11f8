// Hosts and ports as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace usher {

struct HostPort {
  std::string host;  // a name, or an address without brackets
  std::uint16_t port = 0;
  bool operator==(const HostPort&) const = default;
};

struct HostPortResult {
  HostPort where;
  std::string problem;  // empty, or what is wrong; never quotes the text
};

// "redis:6379", "127.0.0.1:80", "[::1]:80". A port of 0 is none; `standard` stands in where none is
// written, and is 0 where one has to be.
HostPortResult parse_host_port(std::string_view text, std::uint16_t standard = 0);

// Whether the text is an IPv4 or IPv6 address, without brackets.
bool is_address(const std::string& text);

}  // namespace usher
