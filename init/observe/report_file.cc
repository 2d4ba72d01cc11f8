#include "init/observe/report_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "init/os/fd.h"

namespace usher {
namespace {

std::string write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return std::strerror(errno);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

}  // namespace

std::string write_whole(const std::string& path, std::string_view text) {
  struct stat info;
  const bool there = ::stat(path.c_str(), &info) == 0;
  if (there && !S_ISREG(info.st_mode)) return "not a regular file";
  const std::string temporary = path + ".usher-tmp";
  ::unlink(temporary.c_str());
  Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd) {
    const bool closed = errno == EACCES || errno == EPERM || errno == EROFS;
    return there && closed ? overwrite(path, text) : std::strerror(errno);
  }
  std::string problem = write_all(fd.get(), text);
  fd.reset();
  if (problem.empty() && std::rename(temporary.c_str(), path.c_str()) == 0) return {};
  const bool mounted = problem.empty() && errno == EBUSY;
  if (problem.empty()) problem = std::strerror(errno);
  ::unlink(temporary.c_str());
  return mounted ? overwrite(path, text) : problem;
}

std::string overwrite(const std::string& path, std::string_view text) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return std::strerror(errno);
  struct stat info;
  if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return "not a regular file";
  if (::ftruncate(fd.get(), 0) != 0) return std::strerror(errno);
  return write_all(fd.get(), text);
}

}  // namespace usher
