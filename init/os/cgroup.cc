#include "init/os/cgroup.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "init/base/text.h"
#include "init/os/fd.h"

namespace usher {
namespace {

// Files under /proc and /sys/fs/cgroup have no size to ask for. At most `most` bytes.
std::string read_all(const std::string& path, std::size_t most = 64 * 1024) {
  std::string text;
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return text;
  std::array<char, 4096> block;
  for (ssize_t got; text.size() < most && (got = ::read(fd.get(), block.data(), block.size())) > 0;)
    text.append(block.data(), static_cast<std::size_t>(got));
  return text;
}

// Takes the part up to `separator`, and the separator, off the front of `text`.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty())
    if (take_until(list, ',') == word) return true;
  return false;
}

struct Mount {
  std::string_view root, point, type, options;
};

// 36 35 0:32 / /sys/fs/cgroup/memory rw,relatime shared:1 - cgroup cgroup rw,memory
Mount parse_mount(std::string_view line) {
  Mount mount;
  for (int i = 0; i < 3; ++i) take_until(line, ' ');
  mount.root = take_until(line, ' ');
  mount.point = take_until(line, ' ');
  const std::size_t dash = line.find(" - ");
  if (dash == std::string_view::npos) return {};
  line.remove_prefix(dash + 3);
  mount.type = take_until(line, ' ');
  take_until(line, ' ');
  mount.options = line;
  return mount;
}

// The path of our group in the hierarchy of a controller; "" names version 2's.
std::optional<std::string_view> group_of(std::string_view cgroup, std::string_view controller) {
  while (!cgroup.empty()) {
    std::string_view line = take_until(cgroup, '\n');
    take_until(line, ':');
    const std::string_view controllers = take_until(line, ':');
    if (controller.empty() ? controllers.empty() : has_word(controllers, controller)) return line;
  }
  return std::nullopt;
}

// Where the mount shows the group. A group outside of what is shown (we see a part of the tree, the
// path is of all of it) is taken to be the root of what is shown.
std::string directory_of(const Mount& mount, std::string_view group) {
  std::string directory(mount.point);
  const std::string_view root = mount.root == "/" ? std::string_view() : mount.root;
  const bool below = group.starts_with(root) &&
                     (group.size() == root.size() || group[root.size()] == '/');
  if (below) directory += group.substr(root.size());
  while (directory.ends_with('/')) directory.pop_back();
  return directory;
}

std::string find_v1(std::string_view cgroup, std::string_view mountinfo, std::string_view controller) {
  const auto group = group_of(cgroup, controller);
  if (!group) return {};
  while (!mountinfo.empty()) {
    const Mount mount = parse_mount(take_until(mountinfo, '\n'));
    if (mount.type == "cgroup" && has_word(mount.options, controller))
      return directory_of(mount, *group);
  }
  return {};
}

std::string find_v2(std::string_view cgroup, std::string_view mountinfo) {
  const auto group = group_of(cgroup, "");
  if (!group) return {};
  while (!mountinfo.empty()) {
    const Mount mount = parse_mount(take_until(mountinfo, '\n'));
    if (mount.type == "cgroup2") return directory_of(mount, *group);
  }
  return {};
}

std::optional<std::uint64_t> number(std::string_view text) {
  const auto value = parse_integer(trim(text));
  if (!value || *value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

// "key value" lines.
std::optional<std::uint64_t> number_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (take_until(line, ' ') == key) return number(line);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> number_in(const std::string& directory, const char* file) {
  if (directory.empty()) return std::nullopt;
  return number(read_all(directory + file));
}

std::optional<std::uint64_t> number_in(const std::string& directory, const char* file,
                                       std::string_view key) {
  if (directory.empty()) return std::nullopt;
  return number_of(read_all(directory + file), key);
}

const char* oom_file(bool v2) { return v2 ? "/memory.events" : "/memory.oom_control"; }

// What stands behind `key` in a line of a pressure file.
std::string_view field(std::string_view line, std::string_view key) {
  const std::size_t at = line.find(key);
  if (at == std::string_view::npos) return {};
  line.remove_prefix(at + key.size());
  return take_until(line, ' ');
}

}  // namespace

// some avg10=1.50 avg60=0.70 avg300=0.20 total=1234
// full avg10=0.00 avg60=0.00 avg300=0.00 total=56
std::optional<Pressure> parse_pressure(std::string_view text) {
  Pressure pressure;
  bool found = false;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const auto average = parse_number(field(line, " avg10="));
    const auto total = number(field(line, " total="));
    const std::string_view who = take_until(line, ' ');
    if (!average || !total) continue;
    if (who == "some") {
      found = true;
      pressure.some_avg10 = *average;
      pressure.some_us = *total;
    } else if (who == "full") {
      pressure.full_us = *total;
    }
  }
  return found ? std::optional(pressure) : std::nullopt;
}

CgroupPaths find_cgroups(std::string_view cgroup, std::string_view mountinfo) {
  CgroupPaths paths;
  paths.memory = find_v1(cgroup, mountinfo, "memory");
  paths.cpu = find_v1(cgroup, mountinfo, "cpuacct");
  paths.quota = find_v1(cgroup, mountinfo, "cpu");
  paths.pids = find_v1(cgroup, mountinfo, "pids");
  const std::string unified = paths.unified = find_v2(cgroup, mountinfo);
  paths.memory_v2 = paths.memory.empty();
  paths.cpu_v2 = paths.cpu.empty();
  if (paths.memory_v2) paths.memory = unified;
  if (paths.cpu_v2) paths.cpu = paths.quota = unified;
  if (paths.pids.empty()) paths.pids = unified;
  return paths;
}

CgroupPaths usual_memory_group(std::string_view cgroup) {
  CgroupPaths paths;
  std::string mounted = "/sys/fs/cgroup/memory";
  auto group = group_of(cgroup, "memory");
  paths.memory_v2 = !group;
  if (!group) {
    mounted = "/sys/fs/cgroup";
    group = group_of(cgroup, "");
  }
  if (group) paths.memory = directory_of({"/", mounted, {}, {}}, *group);
  return paths;
}

Cgroup Cgroup::own_for_memory() {
  CgroupPaths usual = usual_memory_group(read_all("/proc/self/cgroup"));
  const std::string counters = usual.memory + oom_file(usual.memory_v2);
  const bool there = !usual.memory.empty() && ::access(counters.c_str(), R_OK) == 0;
  return there ? Cgroup(std::move(usual)) : own();
}

Cgroup Cgroup::own() {
  constexpr std::size_t kMost = 1 << 20;  // a host may have thousands of mounts
  return Cgroup(find_cgroups(read_all("/proc/self/cgroup"), read_all("/proc/self/mountinfo", kMost)));
}

std::optional<std::uint64_t> Cgroup::memory_used() const {
  return number_in(paths_.memory, paths_.memory_v2 ? "/memory.current" : "/memory.usage_in_bytes");
}

std::optional<std::uint64_t> Cgroup::memory_in_use() const {
  const auto used = memory_used();
  const auto idle = number_in(paths_.memory, "/memory.stat",
                              paths_.memory_v2 ? "inactive_file" : "total_inactive_file");
  return used ? std::optional(*used - std::min(idle.value_or(0), *used)) : std::nullopt;
}

std::optional<std::uint64_t> Cgroup::memory_limit() const {
  constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 62;  // version 1 writes some such number
  const auto limit =
      number_in(paths_.memory, paths_.memory_v2 ? "/memory.max" : "/memory.limit_in_bytes");
  return limit && *limit < kNoLimit ? limit : std::nullopt;
}

std::optional<std::uint64_t> Cgroup::memory_peak() const {
  return number_in(paths_.memory, paths_.memory_v2 ? "/memory.peak" : "/memory.max_usage_in_bytes");
}

std::optional<std::uint64_t> Cgroup::oom_kills() const { return OomKills(*this).count(); }

std::optional<std::uint64_t> Cgroup::cpu_used_us() const {
  if (paths_.cpu_v2) return number_in(paths_.cpu, "/cpu.stat", "usage_usec");
  const auto nanoseconds = number_in(paths_.cpu, "/cpuacct.usage");
  return nanoseconds ? std::optional(*nanoseconds / 1000) : std::nullopt;
}

std::optional<double> Cgroup::cpu_limit() const {
  if (paths_.quota.empty()) return std::nullopt;
  std::optional<std::uint64_t> quota, period;
  if (paths_.cpu_v2) {
    const std::string text = read_all(paths_.quota + "/cpu.max");
    std::string_view rest = text;
    quota = number(take_until(rest, ' '));  // "max" is none
    period = number(rest);
  } else {
    quota = number_in(paths_.quota, "/cpu.cfs_quota_us");  // -1 is none
    period = number_in(paths_.quota, "/cpu.cfs_period_us");
  }
  if (!quota || !period || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::optional<std::uint64_t> Cgroup::cpu_throttled_us() const {
  if (paths_.cpu_v2) return number_in(paths_.quota, "/cpu.stat", "throttled_usec");
  const auto nanoseconds = number_in(paths_.quota, "/cpu.stat", "throttled_time");
  return nanoseconds ? std::optional(*nanoseconds / 1000) : std::nullopt;
}

std::optional<std::uint64_t> Cgroup::processes() const {
  return number_in(paths_.pids, "/pids.current");
}

std::optional<std::uint64_t> Cgroup::processes_limit() const {
  return number_in(paths_.pids, "/pids.max");
}

std::optional<Pressure> Cgroup::pressure(std::string_view resource) const {
  const std::string name(resource);
  // The root of the hierarchy, alone in having no such file, is the whole machine.
  const bool own = !paths_.unified.empty() &&
                   ::access((paths_.unified + "/cgroup.events").c_str(), F_OK) == 0;
  if (own)
    if (const auto found = parse_pressure(read_all(paths_.unified + '/' + name + ".pressure")))
      return found;
  auto machine = parse_pressure(read_all("/proc/pressure/" + name));
  if (machine) machine->whole_machine = true;
  return machine;
}

OomKills::OomKills(Cgroup group) : group_(std::move(group)) {}

Fd OomKills::open_file() const {
  const CgroupPaths& paths = group_.paths_;
  if (paths.memory.empty()) return {};
  return Fd(::open((paths.memory + oom_file(paths.memory_v2)).c_str(), O_RDONLY | O_CLOEXEC));
}

std::optional<std::uint64_t> OomKills::count() const {
  std::array<char, 512> text;  // seven short lines, as of Linux 6.18
  const Fd opened = file_ ? Fd() : open_file();
  const ssize_t got = ::pread(file_ ? file_.get() : opened.get(), text.data(), text.size(), 0);
  if (got <= 0) return std::nullopt;
  return number_of({text.data(), static_cast<std::size_t>(got)}, "oom_kill");
}

bool OomKills::listen() {
  Fd counter = open_file();
  if (group_.paths_.memory_v2) {
    file_ = std::move(counter);
    return static_cast<bool>(file_);
  }
  const Fd control(::open((group_.paths_.memory + "/cgroup.event_control").c_str(), O_WRONLY | O_CLOEXEC));
  if (!counter || !control) return false;
  Fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const std::string request = std::to_string(event.get()) + ' ' + std::to_string(counter.get());
  if (!event || ::write(control.get(), request.data(), request.size()) < 0) return false;
  event_ = std::move(event);
  return true;
}

void OomKills::told() {
  std::uint64_t times = 0;
  if (event_) static_cast<void>(::read(event_.get(), &times, sizeof times) > 0);
}

bool Cgroup::shared_with_others() const {
  // Processes that have no number in our namespace are listed as 0.
  const std::string text = read_all(paths_.memory + "/cgroup.procs");
  return text.starts_with("0\n") || text.find("\n0\n") != std::string::npos;
}

}  // namespace usher
