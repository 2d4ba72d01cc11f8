// Carries what the service prints to the reader of our own output, and shows it to a scanner on
// the way. Byte-exact; the service waits for nobody but that reader.
//
// Each tap has a thread of its own, because it has to block: the descriptor it writes to is shared
// with others and must not be made non-blocking, and a pipe that was ever polled wakes its poller
// at every later write (80 to 90 ns a line for the service). The thread touches nothing of the
// loop, blocks all signals, and ends at the end of file. Where no thread can be had (an engine whose
// seccomp refuses clone3 with EPERM, a limit of processes) the same is done on the loop, which is slower.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "init/os/fd.h"

namespace usher {

class Loop;
class WakeUp;

class Tap {
 public:
  // Sees the bytes in the tap's thread, before they are written on: whoever has read a line, and
  // acts on it, must not be ahead of us. Owned by the tap.
  class Scanner {
   public:
    virtual ~Scanner() = default;
    // Returns whether it wants to see more; otherwise it is not asked again.
    virtual bool scan(std::string_view bytes) = 0;
    virtual void end_of_output() = 0;
  };

  // `source` is the read end of a pipe, or the master of a terminal; `target` is borrowed for the
  // rest of the process. `wake` hears of the end and outlives the thread or the process does not.
  // Returns null and errno where neither a thread nor the loop can do it.
  static std::pair<std::unique_ptr<Tap>, int> start(Loop& loop, Fd source, int target,
                                                    std::unique_ptr<Scanner> scanner, WakeUp& wake);
  // Likewise, without asking for a thread.
  static std::pair<std::unique_ptr<Tap>, int> start_on_loop(Loop& loop, Fd source, int target,
                                                            std::unique_ptr<Scanner> scanner,
                                                            WakeUp& wake);
  // A thread that has not come to its end goes on without its owner: some process still writes. One
  // that has is waited for, since it may be about to use the `wake`.
  ~Tap();

  // Everything that was printed has been written on, and nobody can print any more.
  bool ended() const noexcept { return shared_->ended.load(std::memory_order_acquire); }
  // Nothing is on its way just now, as far as can be seen: for writers that never go away.
  bool idle() const noexcept;
  // Bytes that have been written on, or lost. Changes as long as the reader reads.
  std::uint64_t moved() const noexcept { return shared_->moved.load(std::memory_order_relaxed); }
  // Bytes that have been printed and not yet written on: at most, since what the kernel has taken of
  // a write is known only when it is over.
  std::uint64_t on_its_way() const noexcept;
  // Bytes that could not be written, for want of room on a disk.
  std::uint64_t lost() const noexcept { return shared_->lost.load(std::memory_order_relaxed); }

 private:
  struct Shared {
    Fd source;
    int target = -1;
    std::unique_ptr<Scanner> scanner;
    WakeUp* wake = nullptr;
    std::atomic<int> source_number{-1};  // for idle(); -1 once it is about to be closed
    std::atomic<bool> waiting{false}, ended{false};
    std::atomic<std::uint64_t> moved{0}, lost{0};
    std::atomic<std::uint64_t> in_hand{0};  // read, and not written yet
  };
  class Thread;
  class OnLoop;
  explicit Tap(std::shared_ptr<Shared> shared);
  static std::shared_ptr<Shared> share(Fd source, int target, std::unique_ptr<Scanner> scanner,
                                       WakeUp& wake);
  int begin_on_loop(Loop& loop);

  std::shared_ptr<Shared> shared_;
  std::unique_ptr<OnLoop> on_loop_;  // null: the thread does it
  pthread_t thread_{};
};

struct Pipe {
  Fd read, write;
  int error = 0;
};
// A pipe that holds as much as the system lets us have, up to 1 MiB: a program that ends right
// after a large write (node's process.exit) loses what did not fit.
Pipe open_pipe();

}  // namespace usher
