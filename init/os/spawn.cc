#include "init/os/spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "init/os/exec_hint.h"

namespace usher {
namespace {

// What the child reads, and the members that it writes. It shares our memory and our thread's
// errno while we wait, so it may call the kernel and nothing that locks or allocates.
struct Child {
  const SpawnRequest& request;
  const std::vector<std::string>& paths;
  char* const* argv;
  char* const* environment;
  char** shell_argv;  // "/bin/sh", room for the path, argv[1] ...; or null
  char* listen_pid;  // the digits of LISTEN_PID=, to be replaced by the child's own; or null
  int* moved;        // room for one number for each of the other descriptors
  SpawnStage stage = SpawnStage::group;
  int error = 0;
  std::size_t last_path = 0;
};

bool failed(Child& child, SpawnStage stage, bool ok) {
  if (ok) return false;
  child.stage = stage;
  child.error = errno;
  return true;
}

bool put_at(int source, int target) {
  if (source < 0 || source == target) return true;
  return ::dup2(source, target) >= 0;
}

// A descriptor to be placed may have a number that another one is to get: all of them move above the
// highest of those first. dup2() then clears close-on-exec.
bool move_away(Child& child) {
  int above = 2;
  for (const auto& [source, target] : child.request.descriptors) above = std::max(above, target);
  int* moved = child.moved;
  for (const auto& [source, target] : child.request.descriptors)
    if ((*moved++ = ::fcntl(source, F_DUPFD_CLOEXEC, above + 1)) < 0) return false;
  return true;
}

bool place_descriptors(Child& child) {
  const SpawnRequest& request = child.request;
  if (!move_away(child)) return false;
  if (!put_at(request.input, 0) || !put_at(request.output, 1) || !put_at(request.error, 2))
    return false;
  const int* moved = child.moved;
  for (const auto& [source, target] : request.descriptors)
    if (!put_at(*moved++, target)) return false;
  return true;
}

bool set_limits(const std::vector<ResourceLimit>& limits) {
  for (const ResourceLimit& limit : limits) {
    const rlimit value{limit.soft, limit.hard};
    if (::setrlimit(static_cast<__rlimit_resource_t>(limit.resource), &value) != 0) return false;
  }
  return true;
}

// On 32-bit machines whose users once had numbers of 16 bits, the old names are still those calls.
#ifdef SYS_setresuid32
constexpr long kSetGroups = SYS_setgroups32;
constexpr long kSetGid = SYS_setresgid32;
constexpr long kSetUid = SYS_setresuid32;
#else
constexpr long kSetGroups = SYS_setgroups;
constexpr long kSetGid = SYS_setresgid;
constexpr long kSetUid = SYS_setresuid;
#endif

// The C library's own calls would ask all threads to change with it, and these are our threads.
bool set_groups(const Identity& identity) {
  return ::syscall(kSetGroups, identity.groups.size(), identity.groups.data()) == 0 &&
         ::syscall(kSetGid, identity.gid, identity.gid, identity.gid) == 0;
}

bool set_user(const Identity& identity) {
  return ::syscall(kSetUid, identity.uid, identity.uid, identity.uid) == 0;
}

bool take_session_or_group(Child& child) {
  const SpawnRequest& request = child.request;
  if (request.controlling_terminal >= 0) {
    if (failed(child, SpawnStage::group, ::setsid() >= 0)) return false;
    return !failed(child, SpawnStage::terminal,
                   ::ioctl(request.controlling_terminal, TIOCSCTTY, 0) == 0);
  }
  if (request.new_session) {
    if (failed(child, SpawnStage::group, ::setsid() >= 0)) return false;
    ::ioctl(STDIN_FILENO, TIOCSCTTY, 0);
    return true;
  }
  if (failed(child, SpawnStage::group, ::setpgid(0, 0) == 0)) return false;
  // From here, not from the parent: the program could otherwise run in the background first.
  // SIGTTOU is blocked like all signals, so this does not stop us.
  if (request.foreground_of >= 0 && ::tcsetpgrp(request.foreground_of, ::getpid()) != 0 &&
      errno != ENOTTY && errno != ENXIO && errno != EBADF)
    return !failed(child, SpawnStage::terminal, false);
  return true;
}

void write_listen_pid(char* digits) {
  char text[12];
  std::size_t length = 0;
  for (pid_t rest = ::getpid(); rest > 0; rest /= 10)
    text[length++] = static_cast<char>('0' + rest % 10);
  for (std::size_t i = 0; i < length; ++i) digits[i] = text[length - 1 - i];
  digits[length] = '\0';
}

// Returns only where nothing could be executed. EACCES in one directory of PATH does not hide a
// good program in the next.
void execute(Child& child) {
  int seen = ENOENT;
  for (std::size_t i = 0; i < child.paths.size(); ++i) {
    ::execve(child.paths[i].c_str(), child.argv, child.environment);
    if (errno == ENOEXEC && child.shell_argv != nullptr) {
      child.shell_argv[1] = const_cast<char*>(child.paths[i].c_str());
      ::execve(child.shell_argv[0], child.shell_argv, child.environment);
    }
    const bool look_on = errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ESTALE;
    if (!look_on || errno == EACCES || child.paths.size() == 1) {
      seen = errno;
      child.last_path = i;
    }
    if (!look_on) break;
  }
  errno = seen;
  failed(child, SpawnStage::exec, false);
}

int child_main(void* argument) {
  Child& child = *static_cast<Child*>(argument);
  const SpawnRequest& request = child.request;
  if (!take_session_or_group(child)) return 127;
  if (failed(child, SpawnStage::descriptors, place_descriptors(child))) return 127;
  if (request.limits != nullptr &&
      failed(child, SpawnStage::limits, set_limits(*request.limits)))
    return 127;
  if (request.umask) ::umask(*request.umask);
  if (!request.first_directory.empty() &&
      failed(child, SpawnStage::first_directory, ::chdir(request.first_directory.c_str()) == 0))
    return 127;
  if (request.identity != nullptr) {
    if (failed(child, SpawnStage::groups, set_groups(*request.identity))) return 127;
    if (failed(child, SpawnStage::user, set_user(*request.identity))) return 127;
  }
  if (!request.workdir.empty() &&
      failed(child, SpawnStage::workdir, ::chdir(request.workdir.c_str()) == 0))
    return 127;
  if (request.no_new_privs && failed(child, SpawnStage::no_new_privs,
                                     ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0))
    return 127;
  if (child.listen_pid != nullptr) write_listen_pid(child.listen_pid);
  if (request.signals.child_was_ignored) {
    struct sigaction ignored{};
    ignored.sa_handler = SIG_IGN;
    ::sigaction(SIGCHLD, &ignored, nullptr);
  }
  ::sigprocmask(SIG_SETMASK, &request.signals.mask, nullptr);
  execute(child);
  return 127;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& text : strings) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

std::vector<char*> shell_pointers(const std::vector<char*>& argv) {
  static char shell[] = "/bin/sh";
  std::vector<char*> result{shell, nullptr};
  result.insert(result.end(), argv.begin() + 1, argv.end());
  return result;
}

// Where socket activation was meant for us, it is meant for the service. Makes room for its pid.
char* listen_pid_digits(std::vector<std::string>& environment) {
  constexpr std::string_view kKey = "LISTEN_PID=";
  for (std::string& entry : environment) {
    if (!entry.starts_with(kKey) || entry.substr(kKey.size()) != std::to_string(::getpid())) continue;
    entry.resize(kKey.size() + 12, '\0');
    return entry.data() + kKey.size();
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> candidates(std::string_view program,
                                    const std::vector<std::string>& environment) {
  if (program.empty() || program.find('/') != std::string_view::npos)
    return {std::string(program)};
  constexpr std::string_view kKey = "PATH=";
  std::string_view path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (const std::string& entry : environment)
    if (entry.starts_with(kKey)) path = std::string_view(entry).substr(kKey.size());
  std::vector<std::string> found;
  while (true) {
    const auto colon = path.find(':');
    std::string directory(path.substr(0, colon));
    if (directory.empty()) directory = ".";
    found.push_back(directory + '/' + std::string(program));
    if (colon == std::string_view::npos) return found;
    path.remove_prefix(colon + 1);
  }
}

SpawnResult spawn(const SpawnRequest& request) {
  std::vector<std::string> environment = request.environment;
  char* const listen_pid = listen_pid_digits(environment);
  const auto argv = pointers(request.argv);
  const auto envp = pointers(environment);
  const auto paths = candidates(request.argv.empty() ? "" : request.argv[0], environment);
  std::vector<int> moved(request.descriptors.size());
  std::vector<char*> shell_argv;
  if (request.shell_scripts && !request.argv.empty()) shell_argv = shell_pointers(argv);
  Child child{.request = request,
              .paths = paths,
              .argv = argv.data(),
              .environment = envp.data(),
              .shell_argv = shell_argv.empty() ? nullptr : shell_argv.data(),
              .listen_pid = listen_pid,
              .moved = moved.data()};

  // The child is alone on it, and gone or in another program when clone() returns.
  alignas(16) static char stack[32 * 1024];
  const int pid = ::clone(&child_main, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &child);
  SpawnResult result;
  if (pid < 0) {
    result.stage = SpawnStage::fork;
    result.error = errno;
    return result;
  }
  if (child.error == 0) {
    result.pid = pid;
    return result;
  }
  result.unborn = pid;
  result.stage = child.stage;
  result.error = child.error;
  result.path = paths[child.last_path];
  return result;
}

std::string describe(const SpawnResult& result, const SpawnRequest& request) {
  const std::string word = request.argv.empty() ? "" : request.argv[0];
  const std::string why = std::string(": ") + std::strerror(result.error);
  switch (result.stage) {
    case SpawnStage::fork: return "cannot start a process" + why;
    case SpawnStage::group: return "cannot make a process group" + why;
    case SpawnStage::terminal: return "cannot hand over the terminal" + why;
    case SpawnStage::descriptors: return "cannot set up its descriptors" + why;
    case SpawnStage::limits: return "cannot set service.limits" + why;
    case SpawnStage::groups: return "cannot change to the groups of service.user" + why;
    case SpawnStage::user: return "cannot change to service.user" + why;
    case SpawnStage::first_directory:
      return "cannot go back to the directory \"" + request.first_directory + '"' + why;
    case SpawnStage::workdir: return "cannot change to service.workdir \"" + request.workdir + '"' + why;
    case SpawnStage::no_new_privs: return "cannot set no_new_privs" + why;
    case SpawnStage::exec: break;
  }
  const bool absent = result.error == ENOENT && !file_exists(result.path);
  const std::string hint =
      absent ? absence_hint(word) : exec_hint(result.path, result.error);
  return "cannot execute \"" + word + '"' + why + (hint.empty() ? "" : " (" + hint + ")");
}

}  // namespace usher
