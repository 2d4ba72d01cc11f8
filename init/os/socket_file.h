// The name that a listening socket has in the file system.
#pragma once

#include <sys/types.h>

#include <string>

namespace usher {

// Takes the name away when it goes, unless somebody else's socket has it by then.
class SocketFile {
 public:
  SocketFile() = default;
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  ~SocketFile() { remove(); }

  // Binds a socket to `path`, in the place of one that nobody listens on any more: an earlier
  // container may have left it on a volume. Anybody may connect. Returns what is wrong, or nothing.
  [[nodiscard]] std::string bind(int socket, const std::string& path);
  void remove() noexcept;
  bool there() const noexcept { return !path_.empty(); }

 private:
  std::string path_;  // empty: nothing to take away
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace usher
