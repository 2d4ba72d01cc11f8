// The life of a tap where there is no thread for it. A part of it is done in each turn, so that a
// service that prints without end holds up nothing else.
#pragma once

#include <cstdint>
#include <memory>

#include "init/loop/loop.h"
#include "init/loop/tap.h"
#include "init/os/shared_target.h"

namespace usher {

class Tap::OnLoop {
 public:
  OnLoop(Loop& loop, std::shared_ptr<Shared> shared);
  // 0, or why it cannot be.
  int start();

 private:
  enum class Step : std::uint8_t { on, wait, end };
  static constexpr std::size_t kBuffer = 16 * 1024;
  static constexpr int kStepsInTurn = 8;

  void turn();
  Step take();
  Step put();
  // The one that is waited for. Descriptors of others stay as they are: not libuv watches them, but an
  // epoll of ours that libuv watches.
  bool watch(int fd, std::uint32_t events);
  void end();

  Loop& loop_;
  std::shared_ptr<Shared> shared_;
  SharedTarget target_;
  Fd epoll_;
  std::unique_ptr<Poll> poll_;
  Timer again_;  // for a target that cannot be watched
  int watched_ = -1;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of what is in the buffer yet
};

}  // namespace usher
