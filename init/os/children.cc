#include "init/os/children.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>
#include <utility>

#include "init/os/descendants.h"
#include "init/os/fd.h"

namespace usher {

SpawnResult Children::launch(const Argv& command, int output, std::string& why,
                             std::function<void(const Ended&)> ended) {
  SpawnRequest request;
  why = prepare_(request);
  if (!why.empty()) {
    SpawnResult refused;
    refused.error = EINVAL;
    return refused;
  }
  request.argv = command;
  return start(request, output, why, std::move(ended));
}

SpawnResult Children::launch_own(const Argv& arguments, int channel, std::string& why) {
  SpawnRequest request;
  request.argv = {"/proc/self/exe"};
  request.argv.insert(request.argv.end(), arguments.begin(), arguments.end());
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (std::string_view(*entry).starts_with("SSL_CERT_")) request.environment.emplace_back(*entry);
  SpawnResult result = start(request, channel, why, nullptr);
  if (result.pid > 0) own_.insert(result.pid);
  return result;
}

SpawnResult Children::start(SpawnRequest& request, int output, std::string& why,
                            std::function<void(const Ended&)> ended) {
  const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  request.input = nothing.get();
  request.output = request.error = output;
  request.foreground_of = request.controlling_terminal = -1;
  SpawnResult result = starts_.spawn(request);
  if (result.pid > 0) running_.emplace(result.pid, std::move(ended));
  if (result.unborn > 0) running_.emplace(result.unborn, nullptr);
  if (result.pid < 0) why = describe(result, request);
  return result;
}

pid_t Children::fork_off(int output, const std::function<void(int output)>& work,
                         std::function<void(const Ended&)> ended) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setpgid(0, 0);
    keep_descriptor_only(output);
    work(output);
    ::_exit(0);
  }
  if (pid < 0) return -1;
  ::setpgid(pid, pid);  // whoever comes first: it may have to be killed at once
  running_.emplace(pid, std::move(ended));
  return pid;
}

void Children::abandon(pid_t pid) {
  const auto found = running_.find(pid);
  if (found == running_.end()) return;
  found->second = nullptr;
  kill_launched(pid);
}

bool Children::ended(const Ended& child) {
  const auto found = running_.find(child.pid);
  if (found == running_.end()) return false;
  const auto tell = std::move(found->second);
  running_.erase(found);
  own_.erase(child.pid);
  // Its number belongs to its group as long as somebody is left in it, and the kernel gives out all
  // the others first before it comes back to it.
  signal_group(child.pid, SIGKILL);
  Ended told = child;
  const auto late = starts_.take(child.pid);
  if (late && late->failed()) told.never_ran = late.get();
  if (tell) tell(told);
  return true;
}

}  // namespace usher
