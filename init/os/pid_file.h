// The file by which a daemon says which process goes on when the one that was started has ended. What
// stands there is a stranger's word: the kernel is asked whether that process can be meant.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "init/os/process_tree.h"

namespace usher {

// The number in the first line; -1 where there is none. A line without an end may be half of one: it
// counts when it was seen before.
pid_t pid_in(std::string_view text, bool seen_before);

// What is known of a process that is named, and of those that it is compared with.
struct HeirFacts {
  pid_t us = 0;
  pid_t main = -1;                  // the process that was started; -1: it has ended
  std::uint64_t main_started = 0;   // in ticks, as in ProcessStat
  std::optional<ProcessStat> stat{};  // nothing: it has gone
  bool below = false;               // it is among our descendants
  bool serves_us = false;           // a hook's or a probe's
};
// Why that process cannot stand for the service, or not yet; empty: it does. Pure.
std::string problem_of_heir(pid_t named, const HeirFacts& facts);

class PidFile {
 public:
  // What is there now is of an earlier life.
  explicit PidFile(std::string path);

  struct Named {
    pid_t pid = -1;
    std::string why{};  // there is none
  };
  // As it is now. Two looks may be needed, see pid_in().
  Named look();
  const std::string& path() const { return path_; }

 private:
  struct Version {
    dev_t device = 0;
    ino_t number = 0;
    off_t size = -1;  // -1: there is no such file
    std::int64_t modified = 0, changed = 0;
    bool operator==(const Version&) const = default;
  };
  Version version() const;

  const std::string path_;
  bool may_hang_ = false;
  Version before_;
  std::string seen_;
};

}  // namespace usher
