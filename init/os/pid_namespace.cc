#include "init/os/pid_namespace.h"

#include <unistd.h>

#include <string_view>

namespace usher {

// From the text of the link, as "pid:[4026531836]": gVisor numbers what a stat() shows anew each time.
std::string pid_namespace() {
  char text[64];
  const ssize_t length = ::readlink("/proc/self/ns/pid", text, sizeof text);
  const std::string_view link(text, length > 0 ? static_cast<std::size_t>(length) : 0);
  const std::size_t begin = link.find('['), end = link.find(']');
  if (begin == link.npos || end == link.npos || end <= begin + 1) return "pid";
  return std::string(link.substr(begin + 1, end - begin - 1));
}

}  // namespace usher
