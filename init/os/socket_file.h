// The name that a listening socket has in the file system.
#pragma once

#include <sys/types.h>

#include <string>

namespace usher {

bool is_socket_file(const std::string& path);

// Takes the name away when it goes, unless somebody else's socket has it by then.
class SocketFile {
 public:
  SocketFile() = default;
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  ~SocketFile() { remove(); }

  // To be called once a socket is bound to `path`. Anybody may connect from then on.
  void take(const std::string& path);
  void remove() noexcept;
  bool there() const noexcept { return !path_.empty(); }

 private:
  std::string path_;  // empty: nothing to take away
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace usher
