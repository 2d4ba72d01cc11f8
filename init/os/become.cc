#include "init/os/become.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "init/os/exec_hint.h"
#include "init/os/spawn.h"

namespace usher {

Refusal become(char** command, const InheritedSignals& inherited) {
  SpawnRequest request;
  for (char** word = command; *word != nullptr; ++word) request.argv.emplace_back(*word);
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  if (inherited.child_was_ignored) {
    struct sigaction ignored {};
    ignored.sa_handler = SIG_IGN;
    ::sigaction(SIGCHLD, &ignored, nullptr);
  }
  SpawnResult result;
  result.stage = SpawnStage::exec;
  ::sigprocmask(SIG_SETMASK, &inherited.mask, nullptr);
  for (const std::string& path : candidates(request.argv[0], environment)) {
    ::execve(path.c_str(), command, environ);
    const bool look_on = errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ESTALE;
    // EACCES in one directory of PATH does not hide a good program in the next.
    if (result.path.empty() || errno == EACCES || !look_on) {
      result.path = path;
      result.error = errno;
    }
    if (!look_on) break;
  }
  return {result.error == ENOENT && !file_exists(result.path), describe(result, request)};
}

}  // namespace usher
