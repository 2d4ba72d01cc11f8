#include "init/os/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <set>
#include <unordered_map>

#include "init/os/fd.h"

namespace usher {
namespace {

// Reads what fits; the files of /proc that we need are short.
template <std::size_t N>
std::string_view read_file(const char* path, char (&buffer)[N]) {
  const Fd fd(::open(path, O_RDONLY | O_CLOEXEC));
  if (!fd) return {};
  const ssize_t got = ::read(fd.get(), buffer, N);
  return got > 0 ? std::string_view(buffer, static_cast<std::size_t>(got)) : std::string_view{};
}

template <typename Number>
bool take_number(std::string_view& text, Number& value, int base = 10) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

std::string proc_path(pid_t pid, const char* file) {
  return "/proc/" + std::to_string(pid) + '/' + file;
}

}  // namespace

std::optional<ProcessStat> parse_stat(std::string_view line) {
  ProcessStat stat;
  const auto open = line.find('(');
  const auto close = line.rfind(')');  // a name may contain parentheses
  if (open == std::string_view::npos || close == std::string_view::npos || close < open ||
      close + 4 > line.size())
    return std::nullopt;
  std::string_view head = line.substr(0, open);
  if (!take_number(head, stat.pid)) return std::nullopt;
  stat.name = line.substr(open + 1, close - open - 1);
  stat.state = line[close + 2];
  std::string_view rest = line.substr(close + 3);
  if (!take_number(rest, stat.parent) || !take_number(rest, stat.group)) return std::nullopt;
  std::int64_t skipped = 0;
  const auto skip = [&](int fields) {
    while (fields-- > 0)
      if (!take_number(rest, skipped)) return false;
    return true;
  };
  std::uint64_t user = 0, system = 0;
  if (!skip(8) || !take_number(rest, user) || !take_number(rest, system)) return std::nullopt;
  stat.cpu_ticks = user + system;
  if (!take_number(rest, user) || !take_number(rest, system)) return std::nullopt;
  stat.waited_ticks = user + system;
  if (!skip(2) || !take_number(rest, stat.threads)) return std::nullopt;
  if (!skip(1) || !take_number(rest, stat.start_ticks)) return std::nullopt;
  if (skip(1)) take_number(rest, stat.resident_pages);
  return stat;
}

bool proc_is_ours() {
  char target[32];
  const ssize_t length = ::readlink("/proc/self", target, sizeof target);
  if (length <= 0) return false;
  std::string_view text(target, static_cast<std::size_t>(length));
  pid_t pid = 0;
  return take_number(text, pid) && text.empty() && pid == ::getpid();
}

std::optional<ProcessStat> read_stat(pid_t pid) {
  char buffer[1024];
  return parse_stat(read_file(proc_path(pid, "stat").c_str(), buffer));
}

std::vector<ProcessStat> scan_processes() {
  std::vector<ProcessStat> all;
  DIR* dir = ::opendir("/proc");
  if (dir == nullptr) return all;
  while (const dirent* entry = ::readdir(dir)) {
    std::string_view name = entry->d_name;
    pid_t pid = 0;
    if (!take_number(name, pid) || !name.empty()) continue;
    if (auto stat = read_stat(pid)) all.push_back(std::move(*stat));
  }
  ::closedir(dir);
  return all;
}

std::vector<ProcessStat> descendants_of(pid_t root, const std::vector<ProcessStat>& all) {
  std::unordered_multimap<pid_t, const ProcessStat*> by_parent;
  ProcessStat first;
  first.pid = root;
  for (const ProcessStat& stat : all) {
    by_parent.emplace(stat.parent, &stat);
    if (stat.pid == root) first.start_ticks = stat.start_ticks;
  }
  std::vector<ProcessStat> found;
  std::set<pid_t> seen{root};  // the scan is no snapshot: a reused number could close a circle
  std::vector<const ProcessStat*> open{&first};
  for (std::size_t i = 0; i < open.size(); ++i) {
    const ProcessStat& parent = *open[i];
    const auto [begin, end] = by_parent.equal_range(parent.pid);
    for (auto it = begin; it != end; ++it) {
      const ProcessStat& stat = *it->second;
      // An older process is the child of whoever had the number before.
      if (stat.start_ticks < parent.start_ticks || !seen.insert(stat.pid).second) continue;
      open.push_back(&stat);
      if (stat.state != 'Z' && stat.state != 'X') found.push_back(stat);
    }
  }
  return found;
}

std::optional<bool> is_below(pid_t root, pid_t pid) {
  // A parent that ends while we look leaves its children to another one, so we begin again.
  constexpr int kDeepest = 1000;
  for (int tries = 0; tries < 3; ++tries) {
    auto stat = read_stat(pid);
    if (!stat) return std::nullopt;
    for (int depth = 0; stat && depth < kDeepest; ++depth) {
      if (stat->parent == root) return true;
      if (stat->parent <= 1) return false;
      stat = read_stat(stat->parent);
    }
  }
  return false;
}

std::vector<pid_t> groups_of_only(const std::vector<ProcessStat>& mine,
                                  const std::vector<ProcessStat>& all) {
  std::set<pid_t> my_pids;
  std::set<pid_t> groups;
  for (const ProcessStat& stat : mine) {
    my_pids.insert(stat.pid);
    if (stat.group > 1) groups.insert(stat.group);
  }
  for (const ProcessStat& stat : all)
    if (stat.state != 'Z' && !my_pids.contains(stat.pid)) groups.erase(stat.group);
  return {groups.begin(), groups.end()};
}

std::optional<std::uint64_t> caught_signals(pid_t pid) {
  char buffer[4096];
  std::string_view text = read_file(proc_path(pid, "status").c_str(), buffer);
  constexpr std::string_view kKey = "\nSigCgt:";
  const auto at = text.find(kKey);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + kKey.size());
  std::uint64_t mask = 0;
  if (!take_number(text, mask, 16)) return std::nullopt;
  return mask;
}

}  // namespace usher
