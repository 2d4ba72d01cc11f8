// What the control groups of this container say: memory, CPU, processes, out-of-memory kills. Version
// 1, version 2 and machines that mount both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

// Where the files of one's own group are; empty where there are none.
struct CgroupPaths {
  std::string memory, cpu, pids;
  bool memory_v2 = false, cpu_v2 = false;
  bool operator==(const CgroupPaths&) const = default;
};

// `cgroup` is the text of /proc/self/cgroup, `mountinfo` that of /proc/self/mountinfo. A mount that
// shows only a part of the tree (a container's) is taken for what it shows.
CgroupPaths find_cgroups(std::string_view cgroup, std::string_view mountinfo);

// Where the memory group is if the hierarchies are mounted at their usual places; it may not be there.
CgroupPaths usual_memory_group(std::string_view cgroup);

class Cgroup {
 public:
  explicit Cgroup(CgroupPaths paths) : paths_(std::move(paths)) {}
  // Of this process.
  static Cgroup own();
  // The same for what is asked of memory alone. Does without the mount table where the group is at
  // the usual place: the kernel takes 4 us a mount for it.
  static Cgroup own_for_memory();

  // Each reads a file at every call; nothing where the kernel does not say.
  std::optional<std::uint64_t> memory_used() const;
  std::optional<std::uint64_t> memory_limit() const;  // nothing: unlimited
  std::optional<std::uint64_t> memory_peak() const;
  std::optional<std::uint64_t> oom_kills() const;
  std::optional<std::uint64_t> cpu_used_us() const;
  std::optional<double> cpu_limit() const;  // in CPUs; nothing: unlimited
  std::optional<std::uint64_t> cpu_throttled_us() const;
  std::optional<std::uint64_t> processes() const;
  std::optional<std::uint64_t> processes_limit() const;
  // Share of the last 10 s, in per cent, in which some task waited for it; version 2 only.
  std::optional<double> memory_pressure() const;
  std::optional<double> cpu_pressure() const;

  // Whether processes outside our PID namespace share the group, and so its counters.
  bool shared_with_others() const;

 private:
  CgroupPaths paths_;
};

}  // namespace usher
