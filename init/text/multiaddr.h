// Multiaddrs in their text form, "/ip4/172.18.0.3/tcp/4001/p2p/12D3KooW...", by the protocol table
// that the multiformats project publishes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace usher {

enum class MultiaddrValue : std::uint8_t {
  none,
  ip4,
  ip6,
  zone,
  prefix_length,
  port,
  dns,
  path,  // all that follows
  peer,
  onion,
  onion3,
  garlic64,
  garlic32,
  certhash,
  http_path,
  number,
};

struct MultiaddrProtocol {
  std::string_view name;
  std::uint32_t code;
  MultiaddrValue value;
};

// Null for a name that is not in the table.
const MultiaddrProtocol* find_protocol(std::string_view name);

struct MultiaddrComponent {
  const MultiaddrProtocol* protocol;
  std::string_view value;  // empty where the protocol has none
};

struct MultiaddrError {
  std::size_t position;  // in the text
  std::string_view reason;
};

// The views point into the text that was parsed. A slash at the end is allowed and ignored.
struct Multiaddr {
  std::vector<MultiaddrComponent> components;
  std::optional<MultiaddrError> error;  // then `components` are those before it
};

Multiaddr parse_multiaddr(std::string_view text);

enum class Dialability : std::uint8_t {
  yes,
  no_address,   // not an address that one could connect to
  port_zero,    // "any port", from before the port was known
  unspecified,  // "any address": 0.0.0.0, ::
  loopback,     // only from the same network namespace
};

// Whether somebody could connect to it. A circuit address is judged by the relay's part.
Dialability judge_dialability(const Multiaddr& address, bool allow_loopback);

}  // namespace usher
