// Which paths lead to a file system that may keep whoever looks at it waiting, for as long as its
// server is away. Found out without looking there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace usher {

class MountTable {
 public:
  // As in /proc/self/mountinfo.
  explicit MountTable(std::string_view mountinfo);
  // The one of this process, as it is now; empty where there is no /proc.
  static MountTable own();

  // Whether any file system on the way to the absolute path, by way of its symbolic links, is not a
  // local one. The root itself is not asked about: where it hangs, we do, too.
  bool may_hang(const std::string& path) const;

 private:
  struct Mount {
    std::string point;
    bool local;
  };
  bool is_local(const std::string& path) const;

  std::vector<Mount> mounts_;  // as they were made: a later one hides an earlier one
  bool all_local_ = true;
};

}  // namespace usher
