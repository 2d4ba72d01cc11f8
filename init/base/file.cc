#include "init/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace usher {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

bool is_null_device(const struct stat& info) {
  return S_ISCHR(info.st_mode) && info.st_rdev == ::makedev(1, 3);
}

bool may_be_read(const struct stat& info, Pipes pipes, std::string& why) {
  if (S_ISREG(info.st_mode) || is_null_device(info)) return true;
  if (S_ISFIFO(info.st_mode) && pipes == Pipes::read) return true;
  const char* const kind = S_ISDIR(info.st_mode)    ? "a directory"
                           : S_ISFIFO(info.st_mode) ? "a FIFO"
                           : S_ISSOCK(info.st_mode) ? "a socket"
                                                    : "a device";
  why = std::string("is ") + kind + ", not a regular file";
  errno = EINVAL;
  return false;
}

int open_file(const std::string& path, Pipes pipes, std::string& why) {
  struct stat info;
  // Looked at first: to open a device may mean something to it.
  if (::stat(path.c_str(), &info) == 0) {
    if (!may_be_read(info, pipes, why)) return -1;
    const int wait = S_ISFIFO(info.st_mode) ? 0 : O_NONBLOCK;
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | wait);
    if (fd >= 0 && ::fstat(fd, &info) == 0 && may_be_read(info, pipes, why)) return fd;
    const int error = errno;
    if (fd >= 0) ::close(fd);
    errno = error;
  }
  if (why.empty()) why = std::strerror(errno);
  return -1;
}

}  // namespace

int open_regular_file(const std::string& path, std::string& why) {
  return open_file(path, Pipes::refused, why);
}

bool is_readable(const char* path) noexcept { return ::access(path, R_OK) == 0; }

FileText read_file(const std::string& path, std::size_t most, Pipes pipes) {
  FileText file;
  const int fd = open_file(path, pipes, file.problem);
  if (fd < 0) {
    file.absent = errno == ENOENT;
    return file;
  }
  file = read_open_file(fd, most);
  ::close(fd);
  return file;
}

FileText read_open_file(int fd, std::size_t most) {
  FileText file;
  char block[4096];
  ssize_t got;
  while (file.text.size() <= most && (got = ::read(fd, block, sizeof block)) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      file.problem = std::strerror(errno);
      break;
    }
    file.text.append(block, static_cast<std::size_t>(got));
  }
  if (file.text.size() > most)
    file.problem = "is larger than " + std::to_string(most / kMiB) + " MiB";
  return file;
}

}  // namespace usher
