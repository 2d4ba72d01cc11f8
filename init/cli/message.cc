#include "init/cli/message.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "init/base/controls.h"
#include "init/lifecycle/policy.h"

namespace usher {
namespace {

constexpr int kNotPrinted = 1;

int print_error_number = 0;  // the first one

// That the reader has gone is an errno here and no death: what a command ends with is its answer.
void block_sigpipe() {
  sigset_t pipe;
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  ::sigprocmask(SIG_BLOCK, &pipe, nullptr);
}

// Returns 0 or errno.
int write_all(int fd, std::string_view text) {
  block_sigpipe();
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return put < 0 ? errno : EIO;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return 0;
}

}  // namespace

bool print(std::string_view text) {
  if (print_error_number == 0) print_error_number = write_all(STDOUT_FILENO, text);
  return print_error_number == 0;
}

int code_of_printed(int code) {
  if (print_error_number == 0) return code;
  if (print_error_number != EPIPE)  // who closes a pipe has seen enough, and knows it
    complain(std::string("cannot write to stdout: ") + std::strerror(print_error_number));
  return code != 0 ? code : kNotPrinted;
}

void print_error(std::string_view text) { write_all(STDERR_FILENO, text); }

void complain(std::string_view text) {
  write_all(STDERR_FILENO, "usher: " + escape_controls_in_lines(text) + '\n');
}

int usage_error(const std::string& why) {
  complain(why + "; see \"usher help\"");
  return exit_code::kUsage;
}

}  // namespace usher
