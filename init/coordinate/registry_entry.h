// One service of the registry, as it stands in a Redis hash.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "init/redis/redis_reply.h"

namespace usher {

struct RegistryEntry {
  std::string service{};
  std::string instance{};  // the container
  std::string state{};     // as `usher status` spells it
  std::string health{};    // likewise; of one that has ended "done", "stopped" or "failed"
  std::string reason{};    // why it is not healthy, or not ready yet, or how it ended
  std::string value{};     // what it has published, or where nothing is, what readiness has found
  std::int64_t attempt = 0;
  std::int64_t restarts = 0;
  std::int64_t since_ms = 0;    // of the state; milliseconds since 1970, as all times here
  std::int64_t started_ms = 0;  // of usher
  std::int64_t exit_code = -1;  // of usher; below 0: it has not ended

  bool operator==(const RegistryEntry&) const = default;
};

// Field, value, field, value ... for HSET.
std::vector<std::string> to_fields(const RegistryEntry& entry);

// From the reply to HGETALL. Others write to the same server: fields that are not known, have a
// strange value or are missing are left as they are by default. Without a service it is none.
RegistryEntry entry_from(const RedisReply& reply);

// Where a namespace keeps its entries, and the set that lists them: "<space>:service:<member>" and
// "<space>:services", with "<service>:<instance>" as the member.
std::string registry_member(const std::string& service, const std::string& instance);
std::string registry_entry_key(const std::string& space, const std::string& member);
std::string registry_index_key(const std::string& space);
// "<space>:trace": the trace that all instances of the namespace belong to.
std::string registry_trace_key(const std::string& space);

}  // namespace usher
