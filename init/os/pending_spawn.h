// Children that have been made and have not said yet whether they execute their program. PID 1 does not
// wait for them in the kernel, as vfork(2) would have it do: a file system whose server has gone keeps a
// child for ever, and so does the service, whose user it has by then, with a SIGSTOP.
//
// A child borrows our memory, without a copy, and with a stack of its own; see init/os/spawn_child.h.
// What it reads lives until it has said that it needs none of it any more: by closing its end of a
// pipe, which executing a program does, and ending.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <unordered_map>

#include "init/os/fd.h"
#include "init/os/raw_call.h"
#include "init/os/spawn.h"
#include "init/os/spawn_child.h"

namespace usher {

// One of them.
class PendingSpawn {
 public:
  enum class Word : std::uint8_t { none, executes, failed };
// A race detector keeps account of threads by what a child that shares our memory would have as well.
#ifdef __SANITIZE_THREAD__
  static constexpr bool kSharesMemory = false;
#else
  static constexpr bool kSharesMemory = kRawCalls;  // else it has a copy
#endif

  // Null where no child could be made; the result says why.
  static std::unique_ptr<PendingSpawn> begin(const SpawnRequest& request, SpawnResult& result);

  pid_t pid() const { return pid_; }
  // What it has said within this time; 0 asks only. Whoever ends unheard has executed something, as
  // far as can be known.
  Word listen(std::chrono::milliseconds patience);
  // Readable, or at its end, when it has said something.
  int report() const { return report_.get(); }
  const SpawnRequest& request() const { return plan_.request; }
  bool failed() const { return word_ == Word::failed; }
  // Of one that has failed.
  SpawnResult failure() const;
  // It has been stopped before it could execute anything: let it go on.
  void go_on();

 private:
  struct Freed {
    void operator()(char* memory) const noexcept { delete[] memory; }
  };
  explicit PendingSpawn(const SpawnRequest& request) : plan_(request) {}

  ChildPlan plan_;
  std::unique_ptr<char, Freed> stack_;
  pid_t pid_ = -1;
  Fd report_;
  Word word_ = Word::none;
  ChildReport said_;
  unsigned continued_ = 0;
};

// All of them.
class PendingSpawns {
 public:
  static constexpr std::chrono::milliseconds kPatience{100};

  // Makes a child and listens for a short time: mostly it is known at once that it executes its program,
  // or why it cannot. Else the result is `late`, and take() knows more when it has been reaped.
  SpawnResult spawn(const SpawnRequest& request);
  // What a late one has said by now; all others execute.
  PendingSpawn::Word word(pid_t pid);
  // To be watched for its word: the descriptor lives until settle() or take().
  int watch(pid_t pid);
  void settle(pid_t pid);
  // It has been reaped: what it was, if that had not been known. Null for all others.
  std::unique_ptr<PendingSpawn> take(pid_t pid);
  // For how long spawn() listens just now.
  std::chrono::milliseconds patience() const { return patience_; }
  // Some child has changed its state: those that were stopped go on. Forgets those that execute.
  void look();

 private:
  struct Late {
    std::unique_ptr<PendingSpawn> child;
    bool watched = false;
  };
  std::unordered_map<pid_t, Late> late_;
  // Those that have said why they could not: they still end, on a stack of ours, until they are reaped.
  std::unordered_map<pid_t, std::unique_ptr<PendingSpawn>> failed_;
  // Less after each that has used it up: whoever stops all of ours does not stop us.
  std::chrono::milliseconds patience_ = kPatience;
};

}  // namespace usher
