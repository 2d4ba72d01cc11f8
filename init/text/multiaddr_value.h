// What the values in a multiaddr may be.
#pragma once

#include <string_view>

#include "init/text/multiaddr.h"

namespace usher {

// Empty where the value is good, else what it should have been.
std::string_view problem_of(MultiaddrValue kind, std::string_view value);

enum class IpKind : std::uint8_t { unspecified, loopback, other };
// Of an address that problem_of() found to be good. An IPv4 address mapped into IPv6 is what the
// IPv4 address is.
IpKind kind_of_ip4(std::string_view value);
IpKind kind_of_ip6(std::string_view value);

bool is_localhost(std::string_view name);
bool is_zero(std::string_view port);

}  // namespace usher
