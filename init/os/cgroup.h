// What the control groups of this container say: memory, CPU, processes, out-of-memory kills, and
// what its tasks had to wait for. Version 1, version 2 and machines that mount both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "init/os/fd.h"

namespace usher {

// Where the files of one's own group are; empty where there are none.
struct CgroupPaths {
  std::string memory, cpu, pids;  // cpu: what has been used (cpuacct, in version 1)
  bool memory_v2 = false, cpu_v2 = false;
  std::string quota{};    // the limit of the CPU: version 1 may mount it apart
  std::string unified{};  // version 2's, also where the controllers are version 1's
  bool operator==(const CgroupPaths&) const = default;
};

// `cgroup` is the text of /proc/self/cgroup, `mountinfo` that of /proc/self/mountinfo. A mount that
// shows only a part of the tree (a container's) is taken for what it shows.
CgroupPaths find_cgroups(std::string_view cgroup, std::string_view mountinfo);

// Where the memory group is if the hierarchies are mounted at their usual places; it may not be there.
CgroupPaths usual_memory_group(std::string_view cgroup);

// Time in which tasks waited for a resource, since the group is there: some of them, or all.
struct Pressure {
  double some_avg10 = 0;  // share of the last 10 s, in per cent
  std::uint64_t some_us = 0, full_us = 0;
  bool whole_machine = false;  // the kernel keeps none for our group alone
};

// The text of a pressure file; nothing if it is not of that form.
std::optional<Pressure> parse_pressure(std::string_view text);

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
  // Without file pages that have not been touched lately: what could not be had back at once.
  std::optional<std::uint64_t> memory_in_use() const;
  std::optional<std::uint64_t> memory_limit() const;  // nothing: unlimited
  std::optional<std::uint64_t> memory_peak() const;
  std::optional<std::uint64_t> oom_kills() const;
  std::optional<std::uint64_t> cpu_used_us() const;
  std::optional<double> cpu_limit() const;  // in CPUs; nothing: unlimited
  std::optional<std::uint64_t> cpu_throttled_us() const;
  std::optional<std::uint64_t> processes() const;
  std::optional<std::uint64_t> processes_limit() const;
  // `resource` is memory, cpu or io. From /proc/pressure where our group has none of its own.
  std::optional<Pressure> pressure(std::string_view resource) const;

  // Whether processes outside our PID namespace share the group, and so its counters.
  bool shared_with_others() const;

 private:
  friend class OomKills;
  CgroupPaths paths_;
};

// How many processes of a group the kernel has killed for want of memory. Holds the counter's file
// open where it is polled: when somebody waits for it, asking takes one system call.
class OomKills {
 public:
  explicit OomKills(Cgroup group);
  const Cgroup& group() const noexcept { return group_; }
  // Nothing where the kernel does not say.
  std::optional<std::uint64_t> count() const;
  // Lets the kernel tell of a kill: fd() is then ready, once for each, until told() is called. Returns
  // whether it does; version 1 needs a group that may be written to, and may tell a moment too early.
  bool listen();
  int fd() const noexcept { return event_ ? event_.get() : file_.get(); }
  // Whether fd() is polled for an exceptional condition, which reading the counter ends, or for input.
  bool is_exceptional() const noexcept { return !event_; }
  void told();

 private:
  Cgroup group_;
  Fd open_file() const;
  Fd file_, event_;
};

}  // namespace usher
