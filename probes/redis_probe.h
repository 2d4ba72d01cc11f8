// A Redis server: whether it is alive, within its limits, and has a key.
#pragma once

#include <memory>
#include <string>

#include "probes/context.h"
#include "probes/probe.h"

namespace usher {

// Each run makes a connection of its own, so that a server that takes no new ones is noticed.
//
// Only +PONG is alive. A key is asked for its type first and never changed; it has to be there and,
// if a string, not empty. Its value is the string, or the first element of the list, up to 64 KiB;
// of a value that has to be a multiaddr, the address. A key that was seen written, by way of
// watch(), counts as there even when its value has been taken away before it could be read: the
// result then passes without a value.
std::unique_ptr<Probe> make(const RedisProbe& config, ProbeContext& context);
std::string target_text(const RedisProbe& config);

}  // namespace usher
