#include "init/os/pending_spawn.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "init/os/descendants.h"
#include "init/os/reaper.h"

namespace usher {
namespace {

constexpr std::size_t kStackBytes = 32 * 1024;
// Stopped more often than this somebody means it; the limits of what it was to do hold for it.
constexpr unsigned kMostContinued = 1000;

// valgrind ends a program that makes such a child. It says that it is there by what it has preloaded.
bool under_valgrind() {
  static const char* const preloaded = std::getenv("LD_PRELOAD");
  return preloaded != nullptr && std::strstr(preloaded, "/vgpreload_") != nullptr;
}

}  // namespace

std::unique_ptr<PendingSpawn> PendingSpawn::begin(const SpawnRequest& request, SpawnResult& result) {
  std::unique_ptr<PendingSpawn> one(new PendingSpawn(request));
  int ends[2];
  result.stage = SpawnStage::fork;
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    result.error = errno;
    return nullptr;
  }
  one->report_ = Fd(ends[0]);
  const Fd theirs(ends[1]);
  one->plan_.report = theirs.get();
  if (kSharesMemory && !under_valgrind()) {
    one->stack_.reset(new char[kStackBytes]);
    const auto top = reinterpret_cast<std::uintptr_t>(one->stack_.get() + kStackBytes) & ~std::uintptr_t{15};
    one->pid_ = ::clone(&child_main, reinterpret_cast<void*>(top), CLONE_VM | SIGCHLD, &one->plan_);
  } else {
    one->pid_ = ::fork();
    if (one->pid_ == 0) child_main(&one->plan_);
  }
  result.error = one->pid_ < 0 ? errno : 0;
  return one->pid_ < 0 ? nullptr : std::move(one);
}

PendingSpawn::Word PendingSpawn::listen(std::chrono::milliseconds patience) {
  pollfd report{report_.get(), POLLIN, 0};
  if (word_ != Word::none || ::poll(&report, 1, static_cast<int>(patience.count())) <= 0) return word_;
  const bool told = ::read(report_.get(), &said_, sizeof said_) == static_cast<ssize_t>(sizeof said_);
  return word_ = told ? Word::failed : Word::executes;
}

SpawnResult PendingSpawn::failure() const {
  SpawnResult result;
  result.unborn = pid_;
  result.stage = said_.stage;
  result.error = said_.error;
  if (said_.last_path < plan_.paths.size()) result.path = plan_.paths[said_.last_path];
  return result;
}

void PendingSpawn::go_on() {
  if (continued_ == kMostContinued || Reaper::stopped_by(pid_) == 0) return;
  ++continued_;
  signal_process(pid_, SIGCONT);
}

SpawnResult PendingSpawns::spawn(const SpawnRequest& request) {
  look();
  SpawnResult result;
  auto child = PendingSpawn::begin(request, result);
  if (!child) return result;
  switch (child->listen(patience_)) {
    case PendingSpawn::Word::failed:
      result = child->failure();
      failed_[result.unborn] = std::move(child);
      return result;
    case PendingSpawn::Word::executes:
      patience_ = std::min(kPatience, 2 * patience_);
      result.pid = child->pid();
      return result;
    case PendingSpawn::Word::none: break;
  }
  patience_ = std::max(patience_ / 2, std::chrono::milliseconds{1});
  result.pid = child->pid();
  result.late = true;
  // It may not even have come to that; whoever stops it stops its group.
  if (!request.new_session && request.controlling_terminal < 0) ::setpgid(result.pid, result.pid);
  late_[result.pid].child = std::move(child);
  return result;
}

PendingSpawn::Word PendingSpawns::word(pid_t pid) {
  const auto found = late_.find(pid);
  if (found == late_.end()) return PendingSpawn::Word::executes;
  return found->second.child->listen(std::chrono::milliseconds{0});
}

int PendingSpawns::watch(pid_t pid) {
  const auto found = late_.find(pid);
  if (found == late_.end()) return -1;
  found->second.watched = true;
  return found->second.child->report();
}

void PendingSpawns::settle(pid_t pid) {
  const auto found = late_.find(pid);
  if (found != late_.end()) found->second.watched = false;
}

std::unique_ptr<PendingSpawn> PendingSpawns::take(pid_t pid) {
  failed_.erase(pid);
  const auto found = late_.find(pid);
  if (found == late_.end()) return nullptr;
  auto child = std::move(found->second.child);
  late_.erase(found);
  child->listen(std::chrono::milliseconds{0});
  return child;
}

void PendingSpawns::look() {
  std::erase_if(late_, [](const auto& entry) {
    const Late& late = entry.second;
    late.child->go_on();
    return !late.watched &&
           late.child->listen(std::chrono::milliseconds{0}) == PendingSpawn::Word::executes;
  });
}

}  // namespace usher
