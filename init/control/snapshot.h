// What people outside are told of a service: plain values, as of one moment. PID 1 fills it, the
// socket carries it as JSON, the commands show it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "init/base/json_read.h"
#include "init/lifecycle/check_state.h"

namespace usher {

struct CheckView {
  std::string name, kind, target;
  CheckLevel level = CheckLevel::ready;
  CheckStatus status = CheckStatus::unknown;         // by the thresholds, not by the last run alone
  std::int64_t failures = 0;                         // in a row
  std::string reason;                                // of the last run
  std::optional<std::chrono::milliseconds> latency;  // of the last run
  std::optional<std::chrono::milliseconds> age;      // since the last run
};

struct DependencyView {
  std::string name, target;
  bool satisfied = false;
  std::string reason;  // what was seen last
};

// Something that is wrong now, and has been for long enough to tell people.
struct AlertView {
  std::string name, setting;  // the key that says when there is one
  std::string seen;
  std::chrono::milliseconds lasts{0};  // since it began to be so
};

// What the service and its container use. What the kernel does not say is left out.
struct ResourcesView {
  std::int64_t cpu_ms = 0, threads = 0;
  std::optional<std::int64_t> descriptors{};                             // of all its processes
  std::optional<std::int64_t> main_descriptors{}, main_descriptors_limit{};
  bool complete = true;  // false: too large for one look, so the figures are too low
  // Memory without what the kernel can have back at once.
  std::optional<std::int64_t> container_memory_bytes{}, container_memory_limit_bytes{};
  std::optional<std::int64_t> container_processes{}, container_processes_limit{};
  std::optional<double> container_cpu_limit{};
  // Share of the last 10 s, in per cent, in which some task waited for it.
  std::optional<double> cpu_pressure{}, io_pressure{}, memory_pressure{};
  bool pressure_of_machine = false;
};

struct Snapshot {
  std::string service, instance;
  std::string state;  // waiting starting ready unhealthy stopping backoff exited
  std::string since;  // when it came into that state: UTC, RFC 3339
  std::chrono::milliseconds in_state{0};
  std::chrono::milliseconds uptime{0};  // of usher
  bool ready = false;                   // has been, in this attempt, and no stop has begun
  bool healthy = false;                 // ready, and every check of that level or below passes
  bool alive = true;                    // nothing says that it should be started anew
  std::string reason;        // one line: why it is healthy or not
  std::int64_t attempt = 0;  // since it was last ready
  std::int64_t starts = 0;   // in all
  std::int64_t restarts = 0;
  std::int64_t pid = 0;     // 0: no process now
  std::string ready_value;  // what its readiness probe found
  std::string status_text;  // what it says of itself
  std::vector<CheckView> checks;
  std::vector<DependencyView> dependencies;
  std::vector<AlertView> alerts;  // those that are active
  std::int64_t memory_bytes = 0, processes = 0;  // with its descendants; 0: not known
  std::optional<ResourcesView> resources;        // where it runs
};

// As one line of JSON, without its end. Long texts are cut, so that the line stays short.
std::string to_json(const Snapshot& snapshot);
// Of an answer to `status`. What is missing or of another type is left as it is above.
Snapshot snapshot_from(const Json& json);

std::string to_json(const CheckView& check);

}  // namespace usher
