#include "init/observe/report_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "init/os/configured_path.h"
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

std::string write_over(ConfiguredPath& place, std::string_view text) {
  const Fd fd = place.open(O_WRONLY);
  if (!fd) return place.describe(errno);
  if (::ftruncate(fd.get(), 0) != 0) return std::strerror(errno);
  return write_all(fd.get(), text);
}

}  // namespace

std::string write_whole(const std::string& path, std::string_view text) {
  ConfiguredPath place(path);
  if (place.error() != 0) return place.describe(place.error());
  struct stat info {};
  const bool there = place.look(info);
  if (there && !S_ISREG(info.st_mode)) return "not a regular file";
  const ConfiguredPath temporary = place.beside(".usher-tmp");
  temporary.remove();
  Fd fd = temporary.create(O_WRONLY, 0644);
  if (!fd) {
    const bool closed = errno == EACCES || errno == EPERM || errno == EROFS;
    return there && closed ? write_over(place, text) : std::strerror(errno);
  }
  std::string problem = write_all(fd.get(), text);
  fd.reset();
  int error = 0;
  if (problem.empty() && (error = temporary.take_place_of(place)) == 0) return {};
  temporary.remove();
  if (error == EBUSY) return write_over(place, text);  // mounted
  return problem.empty() ? std::strerror(error) : problem;
}

std::string overwrite(const std::string& path, std::string_view text) {
  ConfiguredPath place(path);
  return write_over(place, text);
}

}  // namespace usher
