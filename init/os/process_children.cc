#include "init/os/process_children.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <limits>
#include <string>
#include <unordered_set>

#include "init/os/directory.h"
#include "init/os/fd.h"

namespace usher {
namespace {

std::string tasks_of(pid_t pid) { return "/proc/" + std::to_string(pid) + "/task"; }

std::string list_of(const std::string& tasks, const std::string& thread) {
  return tasks + '/' + thread + "/children";
}

// Returns whether there is such a list.
bool add_listed(const std::string& list, std::vector<pid_t>& found) {
  const Fd fd(::open(list.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char block[4096];
  for (ssize_t got; fd && (got = ::read(fd.get(), block, sizeof block)) > 0;)
    text.append(block, static_cast<std::size_t>(got));
  const char* at = text.data();
  const char* const end = at + text.size();
  for (pid_t pid = 0; at < end;) {
    const auto [next, error] = std::from_chars(at, end, pid);
    if (error == std::errc{}) found.push_back(pid);
    at = next + 1;  // the blank behind it
  }
  return static_cast<bool>(fd);
}

// Children belong to the thread that they are from.
void add_children(const ProcessStat& parent, WorkLimit& limit, std::vector<pid_t>& found) {
  const std::string tasks = tasks_of(parent.pid);
  if (!limit.may(WorkLimit::kFile)) return;
  if (parent.threads <= 1)
    return static_cast<void>(add_listed(list_of(tasks, std::to_string(parent.pid)), found));
  const Directory directory(::opendir(tasks.c_str()));
  if (!directory) return;
  while (const dirent* entry = ::readdir(directory.get()))
    if (entry->d_name[0] != '.') {
      if (!limit.may(WorkLimit::kEntry + WorkLimit::kFile)) return;
      add_listed(list_of(tasks, entry->d_name), found);
    }
}

bool has_ended(const ProcessStat& stat) { return stat.state == 'Z' || stat.state == 'X'; }

std::string our_list() {
  // Orphans are given to the first thread, and it is the one that starts processes.
  const pid_t self = ::getpid();
  return list_of(tasks_of(self), std::to_string(self));
}

}  // namespace

bool kernel_lists_children() { return ::access(our_list().c_str(), R_OK) == 0; }

std::vector<pid_t> direct_children() {
  std::vector<pid_t> children;
  if (add_listed(our_list(), children)) return children;
  for (const ProcessStat& stat : scan_processes())
    if (stat.parent == ::getpid()) children.push_back(stat.pid);
  return children;
}

bool may_have_children(pid_t pid) {
  const std::string tasks = tasks_of(pid);
  const Directory directory(::opendir(tasks.c_str()));
  if (!directory) return true;
  while (const dirent* task = ::readdir(directory.get())) {
    if (task->d_name[0] == '.') continue;
    const Fd fd(::open(list_of(tasks, task->d_name).c_str(), O_RDONLY | O_CLOEXEC));
    char byte;
    if (!fd || ::read(fd.get(), &byte, 1) != 0) return true;
  }
  return false;
}

void walk_down(const std::vector<pid_t>& roots, WorkLimit& limit,
               const std::function<void(const ProcessStat&)>& visit) {
  std::vector<pid_t> open = roots;
  std::unordered_set<pid_t> seen;  // a look takes time: a number may be given out anew meanwhile
  for (std::size_t i = 0; i < open.size() && !limit.reached(); ++i) {
    if (!seen.insert(open[i]).second) continue;
    const auto stat = limit.may(WorkLimit::kFile) ? read_stat(open[i]) : std::nullopt;
    if (!stat || stat->state == 'X') continue;
    visit(*stat);
    // Where the first thread has ended and others go on, the process is shown as a zombie.
    if (stat->state != 'Z' || stat->threads > 1) add_children(*stat, limit, open);
  }
}

std::vector<ProcessStat> family_of(pid_t root) {
  std::vector<ProcessStat> family;
  // In a PID namespace of our own a scan finds hardly anybody else, and opens one file a process, where
  // the lists are one more for each thread.
  if (::getpid() == 1 || !kernel_lists_children()) {
    const auto all = scan_processes();
    family = descendants_of(root, all);
    for (const ProcessStat& stat : all)
      if (stat.pid == root && !has_ended(stat)) family.push_back(stat);
    return family;
  }
  WorkLimit limit(std::numeric_limits<int>::max());
  walk_down({root}, limit, [&family](const ProcessStat& stat) {
    if (!has_ended(stat)) family.push_back(stat);
  });
  return family;
}

}  // namespace usher
