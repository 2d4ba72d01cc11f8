// What the processes of a service use, as /proc says.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace usher {

struct ProcessUsage {
  std::uint64_t memory_bytes = 0;    // resident; a page that several share counts for each of them
  std::chrono::microseconds cpu{0};  // with children that they have waited for
  std::uint64_t processes = 0, threads = 0;
  std::optional<std::uint64_t> descriptors{};  // open in all of them; nothing: may not be looked at
  // Of the main process, and how many it may have.
  std::optional<std::uint64_t> main_descriptors{}, main_descriptors_limit{};
  bool complete = true;  // false: there was more than one look may take; all figures are too low
  bool given_up = false;  // it gave way to a signal: no figure is to be used
};

// Of the processes `roots` and all below them. `main` is the one whose descriptors are told apart.
// At most some twenty milliseconds of work, whatever they have: about 1,000 processes, or 24,000
// descriptors where the kernel (before 6.2) makes us count them one by one. One that gives way ends as
// soon as a signal waits for us that was not sent by a child's end.
enum class GivesWay : bool { no, to_signals };
ProcessUsage measure_processes(pid_t main, const std::vector<pid_t>& roots, GivesWay way = GivesWay::no);

// The soft limit in the text of /proc/PID/limits; nothing where there is none, or no such line.
std::optional<std::uint64_t> parse_descriptor_limit(std::string_view text);

}  // namespace usher
