// The only place that waits for children. Everything that ends in our PID namespace, or below us
// where we are a subreaper, comes by here.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace usher {

class PendingSpawn;

// What the kernel says of a process that has ended.
struct Ended {
  pid_t pid = 0;
  int code = 0;    // of exit(), 0 to 255
  int signal = 0;  // 0: it ended by exit
  std::int64_t user_us = 0, system_us = 0;  // with its own reaped children
  std::int64_t max_rss_kib = 0;
  // A child of ours that ended without having executed its program, which was not known before; for as
  // long as its end is told.
  const PendingSpawn* never_ran = nullptr;
};

class Reaper {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void reaped(const Ended&) = 0;
  };

  enum class Left : std::uint8_t { none, some, more_to_reap };

  // Reaps until no ended child is left, or `at_most` were: then `more_to_reap`, and the caller
  // comes back after it has looked at its signals. `none`: we have no child at all.
  static Left reap(Listener& listener, unsigned at_most);

  // Whether we have any child, ended or not.
  static bool has_children() noexcept;

  // The signal that the child is stopped by at this moment, or 0. A stop is no end.
  static int stopped_by(pid_t child) noexcept;
};

}  // namespace usher
