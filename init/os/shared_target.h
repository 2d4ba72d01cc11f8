// A descriptor that is shared with others, such as stdout: written to without ever waiting for its
// reader, and without making it non-blocking for everybody.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

#include "init/os/fd.h"

namespace usher {

class SharedTarget {
 public:
  // Borrowed.
  explicit SharedTarget(int fd) noexcept;

  // As write(2) to a non-blocking descriptor. What has not been taken comes first in the next call.
  ssize_t put(std::string_view bytes) noexcept;

 private:
  enum class Way : std::uint8_t {
    pipe,     // spliced from a pipe of ours: there the call itself says that it must not wait
    socket,   // likewise
    direct,   // a file, a device, or a terminal that was opened anew
    careful,  // one page after a look: another writer may still be quicker
  };
  ssize_t put_through_pipe(std::string_view bytes) noexcept;
  ssize_t put_page(std::string_view bytes) const noexcept;

  int fd_;
  Way way_ = Way::careful;
  Fd own_;                 // of the terminal
  Fd pipe_read_, pipe_write_;
  std::size_t held_ = 0;  // bytes in our pipe, which are the first of those not yet taken
};

}  // namespace usher
