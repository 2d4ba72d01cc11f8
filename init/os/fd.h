// Owned file descriptors. Every descriptor that usher opens is close-on-exec; those without the
// flag were there before us and belong to the service.
#pragma once

#include <unistd.h>

#include <utility>

namespace usher {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { reset(); }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  int release() noexcept { return std::exchange(fd_, -1); }
  void reset() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

// Where 0, 1 or 2 is closed, puts something of ours there that the service will not see, so that
// no descriptor we open later can be mistaken for a standard one.
void reserve_standard_descriptors() noexcept;

// Whether this many more descriptors can be had right now.
bool has_room_for_descriptors(int count) noexcept;

// Closes all others: for a copy of this process whose owner must not be missed by their peers.
void keep_descriptor_only(int fd) noexcept;

// Closes the descriptors from 3 on that the service inherited and we did not open: as long as an
// init holds a pipe or a socket, its peers see no end of file. Returns how many those were.
unsigned close_inherited_descriptors() noexcept;

}  // namespace usher
