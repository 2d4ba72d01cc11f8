#include "init/os/descendants.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace usher {
namespace {

std::vector<ProcessStat> kill_below(pid_t root, const std::vector<ProcessStat>& all) {
  auto mine = descendants_of(root, all);
  // A group at once, so that none of it can fork away from us, then each by its own number.
  const pid_t own = ::getpgrp();
  for (const pid_t group : groups_of_only(mine, all))
    if (group != own) ::kill(-group, SIGKILL);
  for (const ProcessStat& stat : mine) ::kill(stat.pid, SIGKILL);
  return mine;
}

}  // namespace

void signal_process(pid_t pid, int signo) noexcept {
  if (pid > 1) ::kill(pid, signo);
}

void signal_group(pid_t group, int signo) noexcept {
  if (group > 1) ::kill(-group, signo);
}

void kill_launched(pid_t leader) {
  // Found while they are still below it, killed when it can start no more.
  const bool look = proc_is_ours() && may_have_children(leader);
  const auto below = look ? scan_processes() : std::vector<ProcessStat>{};
  signal_group(leader, SIGKILL);
  kill_below(leader, below);
}

void stop_self() noexcept { ::kill(::getpid(), SIGSTOP); }

int become_subreaper() noexcept {
  return ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? 0 : errno;
}

bool Descendants::proc_is_usable() {
  if (proc_usable_ < 0) proc_usable_ = proc_is_ours() ? 1 : 0;
  return proc_usable_ == 1;
}

void Descendants::remember_group(pid_t group) {
  if (!proc_is_usable()) return;
  for (const ProcessStat& stat : scan_processes())
    if (stat.group == group) told_.emplace(stat.pid, stat.start_ticks);
}

void Descendants::signal_children(int signo, bool anew) {
  if (!proc_is_usable()) {
    // As PID 1 we may still signal all there is. Elsewhere we cannot tell ours from others, and
    // leave them alone.
    if (::getpid() == 1 && (anew || told_.emplace(-1, 0).second)) ::kill(-1, signo);
    return;
  }
  for (const pid_t child : direct_children()) {
    const auto stat = read_stat(child);
    if (!stat || stat->state == 'Z' || stat->state == 'X') continue;
    const bool first = told_.emplace(child, stat->start_ticks).second;
    if (!first && !anew) continue;
    ::kill(child, signo);
    if (stat->state == 'T') ::kill(child, SIGCONT);
  }
}

std::vector<ProcessStat> Descendants::kill_all(pid_t first_group) {
  // Looked at while it is alive, so that it can be told what had to be killed.
  const auto all = proc_is_usable() ? scan_processes() : std::vector<ProcessStat>{};
  signal_group(first_group, SIGKILL);
  if (proc_is_usable()) return kill_below(::getpid(), all);
  if (::getpid() == 1) ::kill(-1, SIGKILL);
  return {};
}

void Descendants::kill_children() {
  if (!proc_is_usable()) return static_cast<void>(kill_all());
  for (const pid_t child : direct_children()) ::kill(child, SIGKILL);
}

std::vector<ProcessStat> Descendants::left() {
  if (!proc_is_ours()) return {};
  return descendants_of(::getpid(), scan_processes());
}

std::string names_of(const std::vector<ProcessStat>& processes) {
  std::string text;
  unsigned count = 0;
  for (const ProcessStat& stat : processes) {
    if (++count > 12) return text + " ...";
    if (!text.empty()) text += ' ';
    text += stat.name + '(' + std::to_string(stat.pid) + ')';
  }
  return text;
}

}  // namespace usher
