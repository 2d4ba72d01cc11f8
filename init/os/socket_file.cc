#include "init/os/socket_file.h"

#include <sys/stat.h>
#include <unistd.h>

namespace usher {
namespace {

bool look(const std::string& path, struct stat& info) {
  return ::lstat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode);
}

}  // namespace

bool is_socket_file(const std::string& path) {
  struct stat info {};
  return look(path, info);
}

void SocketFile::take(const std::string& path) {
  struct stat info {};
  if (!look(path, info)) return;
  path_ = path;
  device_ = info.st_dev;
  inode_ = info.st_ino;
  ::chmod(path_.c_str(), 0666);
}

void SocketFile::remove() noexcept {
  struct stat info {};
  if (there() && look(path_, info) && info.st_dev == device_ && info.st_ino == inode_)
    ::unlink(path_.c_str());
  path_.clear();
}

}  // namespace usher
