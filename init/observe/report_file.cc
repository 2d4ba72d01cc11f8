#include "init/observe/report_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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
  // Blanks first in place of what is longer, and only then the end: no mixture is ever there to be read.
  constexpr std::size_t kPage = 4096;
  std::string whole;
  if (text.size() <= kPage) {
    const auto before = static_cast<std::size_t>(std::max<std::int64_t>(stamp_of(fd.get()).size, 0));
    whole = text;
    whole.resize(std::clamp(before, text.size(), kPage), ' ');
  } else if (::ftruncate(fd.get(), 0) != 0) {
    return std::strerror(errno);
  }
  if (std::string problem = write_all(fd.get(), whole.empty() ? text : whole); !problem.empty()) return problem;
  return ::ftruncate(fd.get(), static_cast<off_t>(text.size())) == 0 ? std::string() : std::strerror(errno);
}

FileStamp stamp_of(const struct stat& info) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return {std::int64_t{info.st_size}, std::int64_t{info.st_mtim.tv_sec} * kSecond + info.st_mtim.tv_nsec};
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

FileStamp stamp_of(const std::string& path) {
  struct stat info {};
  return ConfiguredPath(path).look(info) ? stamp_of(info) : FileStamp{};
}

FileStamp stamp_of(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 ? stamp_of(info) : FileStamp{};
}

std::string without_reports(std::string_view text) {
  std::string others;
  bool blank = true;
  while (!text.empty()) {
    std::string_view line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
    text.remove_prefix(line.size());
    // It may have no end of line, so that what somebody has added stands behind it.
    const bool report = line.starts_with("{\"event\":\"report\",\"format\":");
    if (report) line.remove_prefix(line.rfind('}') + 1);
    const bool nothing = line.find_first_not_of(" \t\r\n") == line.npos;
    blank &= nothing;
    if (!report || !nothing) others += line;
  }
  return blank ? std::string() : others;
}

MessageOfOthers message_of_others(const std::string& path, const FileStamp& before) {
  constexpr std::size_t kMost = 16384;
  ConfiguredPath place(path);
  const Fd fd = place.open(O_RDONLY);
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0 || info.st_size == 0 || stamp_of(info) == before) return {};
  std::string text(kMost, '\0');
  const ssize_t got = ::pread(fd.get(), text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  MessageOfOthers others{without_reports(text)};
  others.alone = others.text == text;
  return others;
}

std::string overwrite(const std::string& path, std::string_view text) {
  ConfiguredPath place(path);
  return write_over(place, text);
}

}  // namespace usher
