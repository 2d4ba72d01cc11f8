// What to publish in the place of an address that means nothing to other containers.
#pragma once

#include <string>
#include <string_view>

namespace usher {

// Where others can reach this container: literals, empty where it has none of that family.
struct OwnAddresses {
  std::string ip4;
  std::string ip6;
};

// Those that the kernel would talk to the outside from. Sends nothing.
OwnAddresses find_own_addresses();

// A multiaddr whose first part is an unspecified or a loopback address, with ours in its place;
// all else as it is. Where "::" is listened on and there is no IPv6, IPv4 is listened on, too.
std::string with_own_address(const std::string& multiaddr, const OwnAddresses& own);

// Whether with_own_address could change it.
bool needs_own_address(std::string_view multiaddr);

}  // namespace usher
