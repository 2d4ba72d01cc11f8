// The processes that the service leaves behind: they come to us, because we are PID 1 or a
// subreaper, and end with us.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "init/os/process_tree.h"

namespace usher {

// kill(2), for callers elsewhere. `pid` is that of a child that has not been reaped.
void signal_process(pid_t pid, int signo) noexcept;
void signal_group(pid_t group, int signo) noexcept;
// SIGKILL to the group that `leader`, a child of ours that has not been reaped, leads, and to all
// below it, those in groups of their own (timeout(1) makes one) included.
void kill_launched(pid_t leader);
// SIGKILL to all below `root` in what scan_processes() has found, which are returned. Who has gone
// since is left alone, even where a stranger has the number by now.
std::vector<ProcessStat> kill_below(pid_t root, const std::vector<ProcessStat>& all);
// SIGKILL to all there is but us, where we are PID 1; elsewhere nothing. Allocates nothing.
void kill_all_of_namespace() noexcept;
// Stops this process until somebody continues it; does nothing as PID 1.
void stop_self() noexcept;

// Makes orphans below us our children where we are not PID 1. Returns 0 or errno.
[[nodiscard]] int become_subreaper() noexcept;

class Descendants {
 public:
  // Remembers who has had the stop signal with the service's group, so that they do not get it a
  // second time when they come to us. To be called before the group is signalled.
  void remember_group(pid_t group);

  // Gives our children the signal, those that have not had it yet; all of them if `anew`. Their
  // own children come to us, and get it, once they have ended. A stopped one is continued.
  void signal_children(int signo, bool anew);

  // SIGKILL to everything below us, which is returned as far as it can be known. The first group is
  // signalled in any case, if there is one. Who is left at the second call forks faster than /proc can
  // be read: as PID 1 we then kill all there is, strangers in our namespace included, which no fork
  // outruns.
  std::vector<ProcessStat> kill_all(pid_t first_group = -1);
  // SIGKILL to our children alone, which takes less time.
  void kill_children();

  // All that is left below us.
  static std::vector<ProcessStat> left();

  // A child has been reaped.
  void child_ended() { ++ended_; }
  // Whether so many have ended since our children were last looked at that it is worth the time: to
  // look at all of N after each of N ends would take forever. Who has come to us meanwhile waits
  // for the next one, or for the supervisor, which looks again after a pause.
  bool worth_a_look() const { return ended_ * kShare >= children_; }

  void forget_all() {
    told_.clear();
    children_ = ended_ = 0;
    killed_ = false;
  }

 private:
  using Identity = std::pair<pid_t, std::uint64_t>;  // pid and start time: never reused
  static constexpr std::size_t kShare = 32;
  bool proc_is_usable();
  std::vector<pid_t> look();
  std::set<Identity> told_;
  int proc_usable_ = -1;                  // not known yet
  bool killed_ = false;                   // by kill_all()
  std::size_t children_ = 0, ended_ = 0;  // at the last look, and since
};

// For people: "node(17) sh(23)", at most a dozen of them.
std::string names_of(const std::vector<ProcessStat>& processes);

}  // namespace usher
