#include "init/os/descendants.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "init/os/fd.h"
#include "init/os/process_children.h"

namespace usher {
namespace {

// Whether it can be signalled by its number: a child of ours keeps it until we reap it, and in a
// PID namespace of our own no number is a stranger's.
bool number_is_its_own(const ProcessStat& seen) {
  return ::getpid() == 1 || seen.parent == ::getpid();
}

// A process that was seen a while ago, kept from giving its number to another one unnoticed.
class Seen {
 public:
  explicit Seen(const ProcessStat& seen)
      : pid_(seen.pid), held_(static_cast<int>(::syscall(SYS_pidfd_open, seen.pid, 0))) {
    // Before Linux 5.3, or where it is forbidden, the start time alone has to do.
    if (!held_ && errno == ESRCH) return;
    const auto now = read_stat(seen.pid);
    here_ = now && now->start_ticks == seen.start_ticks;
    in_group_ = here_ && now->group == seen.group;
  }
  bool in_group() const { return in_group_; }
  void kill() const {
    if (!here_) return;
    const auto send = [this] {
      return ::syscall(SYS_pidfd_send_signal, held_.get(), SIGKILL, nullptr, 0) == 0;
    };
    if (held_ && (send() || errno == ESRCH)) return;
    ::kill(pid_, SIGKILL);
  }

 private:
  pid_t pid_;
  Fd held_;
  bool here_ = false, in_group_ = false;
};

void kill_one(const ProcessStat& seen) {
  if (number_is_its_own(seen))
    ::kill(seen.pid, SIGKILL);
  else
    Seen(seen).kill();
}

// As long as somebody of it is there, the number is that of the group.
void kill_groups(const std::vector<pid_t>& groups, const std::vector<ProcessStat>& mine) {
  std::set<pid_t> left(groups.begin(), groups.end());
  left.erase(::getpgrp());
  for (const ProcessStat& stat : mine) {
    if (left.empty()) return;
    if (!left.contains(stat.group)) continue;
    if (!number_is_its_own(stat) && !Seen(stat).in_group()) continue;
    left.erase(stat.group);
    ::kill(-stat.group, SIGKILL);
  }
}

}  // namespace

std::vector<ProcessStat> kill_below(pid_t root, const std::vector<ProcessStat>& all) {
  auto mine = descendants_of(root, all);
  // A group at once, so that none of it can fork away from us, then each by its own number.
  kill_groups(groups_of_only(mine, all), mine);
  for (const ProcessStat& stat : mine) kill_one(stat);
  return mine;
}

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
  signal_process(leader, SIGKILL);  // it may lead none yet
  kill_below(leader, below);
}

void kill_all_of_namespace() noexcept {
  if (::getpid() == 1) ::kill(-1, SIGKILL);
}

void stop_self() noexcept { ::kill(::getpid(), SIGSTOP); }

int become_subreaper() noexcept {
  return ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? 0 : errno;
}

bool Descendants::proc_is_usable() {
  if (proc_usable_ < 0) proc_usable_ = proc_is_ours() ? 1 : 0;
  return proc_usable_ == 1;
}

std::vector<pid_t> Descendants::look() {
  auto children = direct_children();
  children_ = children.size();
  ended_ = 0;
  return children;
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
  for (const pid_t child : look()) {
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
  const bool again = std::exchange(killed_, true);
  if (::getpid() == 1 && (again || !proc_is_usable())) ::kill(-1, SIGKILL);
  return proc_is_usable() ? kill_below(::getpid(), all) : std::vector<ProcessStat>{};
}

void Descendants::kill_children() {
  if (!proc_is_usable()) return static_cast<void>(kill_all());
  for (const pid_t child : look()) ::kill(child, SIGKILL);
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
