#include "init/os/spawn_child.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "init/os/raw_call.h"

namespace usher {
namespace {

struct Child {
  ChildPlan& plan;
  ChildReport report;
  int report_to;
  bool no_new_privs = false;
};

// A call has failed, and the child with it.
bool failed(Child& child, SpawnStage stage, long result) {
  if (result >= 0) return false;
  child.report.stage = stage;
  child.report.error = static_cast<int>(-result);
  return true;
}

long duplicate_above(int fd, int above) { return raw_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, above + 1); }

long put_at(int source, int target) {
  if (source < 0 || source == target) return 0;
  return raw_call(SYS_dup3, source, target, 0);
}

// A descriptor to be placed may have a number that another one is to get, and so may the one for the
// report: all of them move above the highest of those first. dup3() then clears close-on-exec.
long move_away(Child& child) {
  const auto& placed = child.plan.request.descriptors;
  if (placed.empty()) return 0;
  int above = 2;
  for (const auto& [source, target] : placed) above = std::max(above, target);
  int* moved = child.plan.moved.data();
  for (const auto& [source, target] : placed) {
    const long got = duplicate_above(source, above);
    if (got < 0) return got;
    *moved++ = static_cast<int>(got);
  }
  const long report = duplicate_above(child.report_to, above);
  if (report >= 0) child.report_to = static_cast<int>(report);
  return report;
}

long place_descriptors(Child& child) {
  const SpawnRequest& request = child.plan.request;
  long result = move_away(child);
  if (result >= 0) result = put_at(request.input, 0);
  if (result >= 0) result = put_at(request.output, 1);
  if (result >= 0) result = put_at(request.error, 2);
  const int* moved = child.plan.moved.data();
  for (const auto& [source, target] : request.descriptors)
    if (result >= 0) result = put_at(*moved++, target);
  return result;
}

long set_limits(const std::vector<ResourceLimit>& limits) {
  for (const ResourceLimit& limit : limits) {
    const std::uint64_t value[2] = {limit.soft, limit.hard};  // struct rlimit64
    const long result = raw_call(SYS_prlimit64, 0, limit.resource, value, nullptr);
    if (result < 0) return result;
  }
  return 0;
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

// Before the user: only root may.
long set_groups(const Identity& identity) {
  const long result = raw_call(kSetGroups, identity.groups.size(), identity.groups.data());
  return result < 0 ? result : raw_call(kSetGid, identity.gid, identity.gid, identity.gid);
}

// From here on the service's processes may send signals to this one, which has all of them blocked, and
// would be its tracers, if the memory were not said to be nobody's business: it is PID 1's.
long set_user(const Identity& identity) {
  const long result = raw_call(kSetUid, identity.uid, identity.uid, identity.uid);
  if (result >= 0) raw_call(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
  return result;
}

// Whether who executes it gains a user, a group or capabilities.
bool gives_privileges(const char* path) {
  struct stat info;
#ifdef SYS_newfstatat
  if (raw_call(SYS_newfstatat, AT_FDCWD, path, &info, 0) < 0) return false;
#else
  if (::stat(path, &info) != 0) return false;
#endif
  if (!S_ISREG(info.st_mode)) return false;
  const bool group = (info.st_mode & S_ISGID) != 0 && (info.st_mode & S_IXGRP) != 0;
  return group || (info.st_mode & S_ISUID) != 0 ||
         raw_call(SYS_getxattr, path, "security.capability", nullptr, 0) > 0;
}

// By the child, since PID 1 does not look at files whose system may not answer.
bool wants_privileges(const ChildPlan& plan) {
  for (const std::string& path : plan.paths)
    if (gives_privileges(path.c_str())) return true;
  for (const std::string& path : plan.gainers)
    if (gives_privileges(path.c_str())) return true;
  return false;
}

// What no program can give it any more. Without the right to that, it is enough that programs give nothing.
long limit_bounds(const Child& child, Capabilities kept) {
  for (int number = 0; number < 64; ++number) {
    if ((kept & capability_bit(number)) != 0) continue;
    const long result = raw_call(SYS_prctl, PR_CAPBSET_DROP, number, 0, 0, 0);
    if (result == -EINVAL) return 0;  // there are no more
    if (result < 0) return child.no_new_privs ? 0 : result;
  }
  return 0;
}

// Another user has none after executing but those that are ambient.
long keep_capabilities(const SpawnRequest& request) {
  const Capabilities kept = *request.capabilities;
  const std::uint32_t head[2] = {_LINUX_CAPABILITY_VERSION_3, 0};
  const auto low = static_cast<std::uint32_t>(kept);
  const auto high = static_cast<std::uint32_t>(kept >> 32);
  const std::uint32_t sets[6] = {low, low, low, high, high, high};  // effective, permitted, inheritable
  long result = raw_call(SYS_capset, head, sets);
  const bool root = raw_call(SYS_geteuid) == 0;
  for (int number = 0; number < 64 && result >= 0 && !root; ++number)
    if ((kept & capability_bit(number)) != 0)
      result = raw_call(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0);
  return result;
}

bool take_session_or_group(Child& child) {
  const SpawnRequest& request = child.plan.request;
  if (request.controlling_terminal >= 0) {
    if (failed(child, SpawnStage::group, raw_call(SYS_setsid))) return false;
    return !failed(child, SpawnStage::terminal,
                   raw_call(SYS_ioctl, request.controlling_terminal, TIOCSCTTY, 0));
  }
  if (request.new_session) {
    if (failed(child, SpawnStage::group, raw_call(SYS_setsid))) return false;
    raw_call(SYS_ioctl, STDIN_FILENO, TIOCSCTTY, 0);
    return true;
  }
  if (failed(child, SpawnStage::group, raw_call(SYS_setpgid, 0, 0))) return false;
  if (request.foreground_of < 0) return true;
  // From here, not from the parent: the program could otherwise run in the background first.
  // SIGTTOU is blocked like all signals, so this does not stop us.
  const int group = static_cast<int>(raw_call(SYS_getpid));
  const long result = raw_call(SYS_ioctl, request.foreground_of, TIOCSPGRP, &group);
  if (result == -ENOTTY || result == -ENXIO || result == -EBADF) return true;
  return !failed(child, SpawnStage::terminal, result);
}

void write_listen_pid(char* digits) {
  char text[12];
  std::size_t length = 0;
  for (long rest = raw_call(SYS_getpid); rest > 0; rest /= 10)
    text[length++] = static_cast<char>('0' + rest % 10);
  for (std::size_t i = 0; i < length; ++i) digits[i] = text[length - 1 - i];
  digits[length] = '\0';
}

// As the kernel has it; where the restorer is not part of it, the mask is.
struct KernelAction {
  void (*handler)(int) = SIG_IGN;
  unsigned long flags = 0;
  void* restorer = nullptr;
  std::uint64_t mask = 0;
};
constexpr std::size_t kMaskBytes = 8;

void restore_signals(const InheritedSignals& inherited) {
  if (inherited.child_was_ignored) {
    const KernelAction ignored;
    raw_call(SYS_rt_sigaction, SIGCHLD, &ignored, nullptr, kMaskBytes);
  }
  raw_call(SYS_rt_sigprocmask, SIG_SETMASK, &inherited.mask, nullptr, kMaskBytes);
}

// Returns only where nothing could be executed. EACCES in one directory of PATH does not hide a
// good program in the next.
void execute(Child& child) {
  ChildPlan& plan = child.plan;
  long seen = -ENOENT;
  for (std::size_t i = 0; i < plan.paths.size(); ++i) {
    const char* const path = plan.paths[i].c_str();
    long error = raw_call(SYS_execve, path, plan.argv.data(), plan.environment.data());
    if (error == -ENOEXEC && !plan.shell_argv.empty()) {
      plan.shell_argv[1] = const_cast<char*>(path);
      error = raw_call(SYS_execve, plan.shell_argv[0], plan.shell_argv.data(), plan.environment.data());
    }
    const bool look_on =
        error == -ENOENT || error == -ENOTDIR || error == -EACCES || error == -ESTALE;
    if (!look_on || error == -EACCES || plan.paths.size() == 1) {
      seen = error;
      child.report.last_path = static_cast<std::uint32_t>(i);
    }
    if (!look_on) break;
  }
  failed(child, SpawnStage::exec, seen);
}

// Returns where a step has failed.
void become_program(Child& child) {
  ChildPlan& plan = child.plan;
  const SpawnRequest& request = plan.request;
  if (!take_session_or_group(child)) return;
  if (failed(child, SpawnStage::descriptors, place_descriptors(child))) return;
  if (request.limits != nullptr && failed(child, SpawnStage::limits, set_limits(*request.limits))) return;
  if (request.umask) raw_call(SYS_umask, *request.umask);
  if (!request.first_directory.empty() &&
      failed(child, SpawnStage::first_directory, raw_call(SYS_chdir, request.first_directory.c_str())))
    return;
  child.no_new_privs = request.no_new_privs == NoNewPrivs::on ||
                       (request.no_new_privs == NoNewPrivs::unless_wanted && !wants_privileges(plan));
  if (request.capabilities) {
    if (failed(child, SpawnStage::bounds, limit_bounds(child, *request.capabilities))) return;
    raw_call(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);  // until they are set, or it executes
  }
  if (request.identity != nullptr) {
    if (failed(child, SpawnStage::groups, set_groups(*request.identity))) return;
    if (failed(child, SpawnStage::user, set_user(*request.identity))) return;
  }
  if (request.capabilities && failed(child, SpawnStage::capabilities, keep_capabilities(request))) return;
  if (!request.workdir.empty() &&
      failed(child, SpawnStage::workdir, raw_call(SYS_chdir, request.workdir.c_str())))
    return;
  if (child.no_new_privs &&
      failed(child, SpawnStage::no_new_privs, raw_call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)))
    return;
  if (plan.listen_pid != nullptr) write_listen_pid(plan.listen_pid);
  restore_signals(request.signals);
  execute(child);
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

ChildPlan::ChildPlan(const SpawnRequest& wanted) : request(wanted) {
  if (request.identity != nullptr) {
    identity_ = *request.identity;
    request.identity = &identity_;
  }
  if (request.limits != nullptr) {
    limits_ = *request.limits;
    request.limits = &limits_;
  }
  listen_pid = listen_pid_digits(request.environment);
  argv = pointers(request.argv);
  environment = pointers(request.environment);
  paths = candidates(request.argv.empty() ? "" : request.argv[0], request.environment);
  if (request.no_new_privs == NoNewPrivs::unless_wanted)
    for (const std::string_view name : {"sudo", "doas", "ping", "sendmail", "newuidmap", "fusermount", "fusermount3"})
      for (std::string& path : candidates(name, request.environment)) gainers.push_back(std::move(path));
  moved.resize(request.descriptors.size());
  if (request.shell_scripts && !request.argv.empty()) shell_argv = shell_pointers(argv);
}

int child_main(void* argument) {
  auto& plan = *static_cast<ChildPlan*>(argument);
  Child child{.plan = plan, .report = {}, .report_to = plan.report};
  become_program(child);
  raw_call(SYS_write, child.report_to, &child.report, sizeof child.report);
  while (true) raw_call(SYS_exit_group, 127);
}

}  // namespace usher
