// All services of a coordination namespace, on whatever host, as `usher status --all` and
// `usher health system` tell of them.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "init/cli/text_table.h"
#include "init/coordinate/registry_entry.h"

namespace usher {

struct SystemServices {
  std::vector<RegistryEntry> entries;
  std::string problem;                 // why there are none, or not all
  std::vector<std::string> expects{};  // the services that have to be there
};

// From the server that coordination.redis names: of PID 1, which knows its command line, where that is
// an usher and answers; else of the default configuration file, or of the environment; else of the
// usher that commands reach. Takes at most some seconds.
SystemServices read_system();

struct SystemHealth {
  // There is some service, all that have not ended are healthy, none has failed without having been
  // started again, and those that are expected are there or have done their work.
  bool healthy = false;
  std::string reason;  // one line, which names each that is missing or not healthy, up to a limit
};
SystemHealth judge_system(const SystemServices& services);
// Reads anew until it is healthy or the time is up.
SystemHealth wait_for_system(std::chrono::milliseconds wait);

// `now` is only needed for how long each has been in its state; hosts' clocks may differ.
std::string system_table(const std::vector<RegistryEntry>& entries,
                         std::chrono::system_clock::time_point now, TableStyle style);
// A JSON array.
std::string system_json(const std::vector<RegistryEntry>& entries);

}  // namespace usher
