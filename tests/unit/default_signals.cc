// Whoever runs the tests may ignore signals (nohup, a shell's `&`), and what the tests start would
// inherit that.
#include <csignal>
#include <initializer_list>

namespace {

[[maybe_unused]] const bool kByDefault = [] {
  for (const int signo : {SIGHUP, SIGINT, SIGQUIT, SIGTERM})
    if (std::signal(signo, SIG_DFL) == SIG_ERR) return false;
  return true;
}();

}  // namespace
