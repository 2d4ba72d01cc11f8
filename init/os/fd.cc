#include "init/os/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

#include <charconv>
#include <cstring>

namespace usher {

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
  unsigned closed = 0;
  const auto close_if_inherited = [&closed](int fd) {
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags != -1 && (flags & FD_CLOEXEC) == 0 && ::close(fd) == 0) ++closed;
  };
  DIR* dir = ::opendir("/proc/self/fd");
  if (dir == nullptr) {  // no /proc: look where descriptors usually are
    for (int fd = 3; fd < 256; ++fd) close_if_inherited(fd);
    return closed;
  }
  while (const dirent* entry = ::readdir(dir)) {
    int fd = -1;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, fd).ec == std::errc{} && fd > 2) close_if_inherited(fd);
  }
  ::closedir(dir);
  return closed;
}

}  // namespace usher
