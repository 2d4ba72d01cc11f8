#include "init/cli/message.h"

#include <unistd.h>

#include <cerrno>

#include "init/lifecycle/policy.h"

namespace usher {
namespace {

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace

void print(std::string_view text) { write_all(STDOUT_FILENO, text); }

void print_error(std::string_view text) { write_all(STDERR_FILENO, text); }

void complain(std::string_view text) {
  write_all(STDERR_FILENO, "usher: " + std::string(text) + '\n');
}

int usage_error(const std::string& why) {
  complain(why + "; see \"usher help\"");
  return exit_code::kUsage;
}

}  // namespace usher
