// Children, as the kernel lists them for each thread. What is found that way costs what is there,
// and not what else runs on the machine.
#pragma once

#include <sys/types.h>

#include <functional>
#include <vector>

#include "init/os/process_tree.h"

namespace usher {

// How much one look may cost, in entries of a directory. A file that is opened costs the kernel about
// as much as sixteen of them.
class WorkLimit {
 public:
  static constexpr int kEntry = 1, kFile = 16;
  explicit WorkLimit(int most) : left_(most) {}
  // False once there has been enough of it.
  bool may(int work) {
    reached_ |= left_ < work;
    if (!reached_) left_ -= work;
    return !reached_;
  }
  void give_up() { reached_ = true; }
  bool reached() const { return reached_; }

 private:
  int left_;
  bool reached_ = false;
};

// Whether the kernel has such lists: not without CONFIG_PROC_CHILDREN.
bool kernel_lists_children();

// Our children, without theirs. By a scan where there are no lists.
std::vector<pid_t> direct_children();

// Whether the process may have children; false is sure. Cheaper than a scan.
bool may_have_children(pid_t pid);

// Visits `roots` and all below them, each once, parents before their children and zombies included.
// Ends early where the limit is reached; where there are no lists, the roots are all that is found.
void walk_down(const std::vector<pid_t>& roots, WorkLimit& limit,
               const std::function<void(const ProcessStat&)>& visit);

// `root` and all below it, zombies left out, in no order.
std::vector<ProcessStat> family_of(pid_t root);

}  // namespace usher
