// A Redis server: whether it is alive, within its limits, and has a key.
#pragma once

#include <cstdint>
#include <string>

#include "init/base/tls.h"
#include "init/config/probe_config.h"

namespace usher {

// Each run makes a connection of its own, so that a server that takes no new ones is noticed.
//
// Only +PONG is alive. A key is asked for its type first and never changed; it has to be there and,
// if a string, not empty. Its value is the string, or the first element of the list, up to 64 KiB;
// of a value that has to be a multiaddr, the address. A key that was seen written, by way of
// watch(), counts as there even when its value has been taken away before it could be read: the
// result then passes without a value.
struct RedisProbe {
  std::string url;      // redis[s]://[user[:password]@]host[:port][/database], or unix:///path
  std::uint64_t max_memory = 0;   // bytes of used_memory; 0: not asked
  std::uint64_t max_clients = 0;  // connected_clients; 0: not asked
  std::string key;      // must be there and not empty; empty: not asked
  std::string pattern;  // the key's value (the first element of a list) matches; empty: not asked
  bool multiaddr = false;         // match = "multiaddr": the value is one that can be dialled
  bool allow_loopback = false;    // ... also one on 127/8 or ::1
  std::string user{}, password{};  // taken as they are; empty: what the URL has
  TlsSettings tls = {};           // where the URL says rediss
  bool ignore_case = false;       // in the pattern
  bool operator==(const RedisProbe&) const = default;
};
const ProbeKind& probe_kind_of(const RedisProbe& probe);

}  // namespace usher
