#include "init/os/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <charconv>
#include <cstring>

namespace usher {

namespace {

// Linux tells since 6.2; before, and without /proc, 0.
unsigned number_of_descriptors() noexcept {
  struct stat info{};
  return ::stat("/proc/self/fd", &info) == 0 ? static_cast<unsigned>(info.st_size) : 0;
}

// False where it was closed already.
bool close_if_inherited(int fd, unsigned& closed) noexcept {
  const int flags = ::fcntl(fd, F_GETFD);
  if (flags == -1) return false;
  if (fd > STDERR_FILENO && (flags & FD_CLOEXEC) == 0 && ::close(fd) == 0) ++closed;
  return true;
}

}  // namespace

void reserve_standard_descriptors() noexcept {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    int filler = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (filler < 0) filler = ::eventfd(0, EFD_CLOEXEC);
    if (filler >= 0 && filler != fd) {
      ::dup3(filler, fd, O_CLOEXEC);
      ::close(filler);
    }
  }
}

bool has_room_for_descriptors(int count) noexcept {
  const Fd one(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  return one && (count <= 1 || has_room_for_descriptors(count - 1));
}

void keep_descriptor_only(int fd) noexcept {
  const auto kept = static_cast<unsigned>(fd);
  const auto close_range = [](unsigned first, unsigned last) {
    return ::syscall(SYS_close_range, first, last, 0) == 0;
  };
  if ((kept == 0 || close_range(0, kept - 1)) && close_range(kept + 1, ~0u)) return;
  for (int other = 0; other < 1024; ++other)  // before Linux 5.9
    if (other != fd) ::close(other);
}

unsigned close_inherited_descriptors() noexcept {
  constexpr int kUsual = 256;
  unsigned closed = 0;
  // Who lists them makes the kernel keep an inode of each, and take all of them away at the end: as
  // long as their number is known, look where they usually are until all have been seen.
  const unsigned open = number_of_descriptors();
  unsigned seen = 0;
  for (int fd = 0; fd < kUsual && seen < open; ++fd) seen += close_if_inherited(fd, closed);
  if (open != 0 && seen == open) return closed;
  DIR* dir = ::opendir("/proc/self/fd");
  if (dir == nullptr) {
    for (int fd = 0; fd < kUsual; ++fd) close_if_inherited(fd, closed);
    return closed;
  }
  while (const dirent* entry = ::readdir(dir)) {
    int fd = -1;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, fd).ec == std::errc{}) close_if_inherited(fd, closed);
  }
  ::closedir(dir);
  return closed;
}

}  // namespace usher
