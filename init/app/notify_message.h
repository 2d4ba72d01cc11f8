// What a service says by sd_notify(3).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace usher {

struct NotifyMessage {
  bool ready = false;
  bool reloading = false;
  bool stopping = false;
  bool watchdog = false;       // WATCHDOG=1: it is alive
  bool wants_failure = false;  // WATCHDOG=trigger: it has found itself to be broken
  std::optional<std::string> status;
  std::optional<pid_t> main_pid;
};

// Assignments that are unknown or make no sense count as not there. A text that is none (it has a
// zero byte in it) says nothing.
NotifyMessage parse_notification(std::string_view text);

}  // namespace usher
