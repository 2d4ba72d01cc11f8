// Which processes are ours. The scan reads /proc; what follows from it is computed from the
// result alone, so that tests need no processes for it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace usher {

struct ProcessStat {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  char state = '?';               // as in proc(5): R S D Z T ...
  std::uint64_t start_ticks = 0;  // since boot; with the pid it names one process for ever
  std::uint64_t cpu_ticks = 0;    // used so far, of sysconf(_SC_CLK_TCK) a second
  std::uint64_t waited_ticks = 0;  // likewise by ended children that it has waited for
  std::uint64_t threads = 0;
  std::uint64_t resident_pages = 0;
  std::string name;               // at most 15 bytes, as the kernel keeps it
};

// One line of /proc/PID/stat; nothing if it is not of that form. A name may contain anything.
std::optional<ProcessStat> parse_stat(std::string_view line);

// Whether /proc shows the PID namespace that we live in. Where it shows another one, its numbers
// name strangers and must not be signalled.
bool proc_is_ours();

std::optional<ProcessStat> read_stat(pid_t pid);

// All processes that /proc shows.
std::vector<ProcessStat> scan_processes();

// All below `root`, itself not included, parents before their children. Zombies are left out.
std::vector<ProcessStat> descendants_of(pid_t root, const std::vector<ProcessStat>& all);

// Whether `root` is among the parents of `pid`, as /proc says now; nothing if `pid` has gone.
std::optional<bool> is_below(pid_t root, pid_t pid);

// The process groups in which `mine` are, and nobody else of `all`: those that a signal to the
// group reaches at once, also a process that forks faster than we can look.
std::vector<pid_t> groups_of_only(const std::vector<ProcessStat>& mine,
                                  const std::vector<ProcessStat>& all);

// The signals that a process has handlers for, bit N - 1 for signal N; nothing if it is gone.
std::optional<std::uint64_t> caught_signals(pid_t pid);

}  // namespace usher
