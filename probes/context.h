// What probes need of the program that they run in: PID 1 has one, `usher wait` another.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "init/config/config.h"
#include "init/os/launcher.h"

namespace usher {

class Loop;
class Resolver;

// What has become of the value that readiness.publish writes.
struct Publication {
  bool written = false;  // and not known to be lost since
  std::string problem;   // why it is not there, or why nobody can tell; without secrets
};

// What is known of the running service.
class ServiceView {
 public:
  virtual ~ServiceView() = default;
  // Its main process; -1 while none runs.
  virtual pid_t pid() const = 0;
  // What such a probe of the configuration has found since the start.
  virtual std::optional<std::string> line_found(const LineProbe& probe) const = 0;
  // How long such a line, or any output, has not come; nothing before the service is ready.
  virtual std::optional<Millis> silent_for(const LineProbe& probe) const = 0;
  // The latest line of output, to say what was seen instead.
  virtual std::string last_line() const = 0;
  // Whether it has said that it is ready, by the descriptor or the socket of the probe.
  virtual bool notified_ready(const NotifyProbe& probe) const = 0;
  // What it says of itself for people; may be empty.
  virtual std::string notified_status() const = 0;
  // Since its last WATCHDOG=1, or since it said it was ready; nothing before that.
  virtual std::optional<Millis> since_watchdog() const = 0;
  virtual Publication publication() const = 0;
  // What its readiness has found; empty where there is nothing.
  virtual std::string ready_value() const { return {}; }
};

struct ProbeContext {
  Loop& loop;
  Resolver& resolver;
  Launcher& launcher;
  const ServiceView* service = nullptr;  // null where there is none, as in `usher wait`
};

}  // namespace usher
