#include "init/os/pid_namespace.h"

#include <unistd.h>

#include <string_view>

namespace usher {
namespace {

// "4026531836" of the link's "pid:[4026531836]"; empty where there is none.
std::string number_in(const char* link) {
  char text[64];
  const ssize_t length = ::readlink(link, text, sizeof text);
  const std::string_view value(text, length > 0 ? static_cast<std::size_t>(length) : 0);
  const std::size_t begin = value.find('['), end = value.find(']');
  if (begin == value.npos || end == value.npos || end <= begin + 1) return {};
  return std::string(value.substr(begin + 1, end - begin - 1));
}

}  // namespace

// gVisor numbers each link anew: a number by which no other process finds us is none.
std::string pid_namespace() {
  std::string number = number_in("/proc/self/ns/pid");
  const std::string again = number_in("/proc/thread-self/ns/pid");
  if (number.empty() || (!again.empty() && again != number)) return "pid";
  return number;
}

}  // namespace usher
