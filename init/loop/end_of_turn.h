// Something to be done once in this turn of the loop, when all that the turn has brought has been
// handled: before the loop waits again, whichever kind of event it was.
#pragma once

#include "init/loop/loop.h"

namespace usher {

class EndOfTurn {
 public:
  EndOfTurn(Loop& loop, std::function<void()> act)
      : before_wait_(loop), after_wait_(loop), act_(std::move(act)) {}

  // However often it is asked for.
  void ask() {
    if (std::exchange(asked_, true)) return;
    before_wait_.start([this] { run(); });
    after_wait_.start([this] { run(); });
  }

 private:
  // After a turn's timers the loop waits next; after its descriptors it has waited already.
  class BeforeWait : HandleOwner<uv_prepare_t> {
   public:
    explicit BeforeWait(Loop& loop) { uv_prepare_init(&loop.uv(), &slot_->uv); }
    void start(std::function<void()> run) {
      slot_->callback = std::move(run);
      uv_prepare_start(&slot_->uv, [](uv_prepare_t* uv) { call(uv); });
    }
    void stop() noexcept { uv_prepare_stop(&slot_->uv); }
  };
  class AfterWait : HandleOwner<uv_check_t> {
   public:
    explicit AfterWait(Loop& loop) { uv_check_init(&loop.uv(), &slot_->uv); }
    void start(std::function<void()> run) {
      slot_->callback = std::move(run);
      uv_check_start(&slot_->uv, [](uv_check_t* uv) { call(uv); });
    }
    void stop() noexcept { uv_check_stop(&slot_->uv); }
  };

  void run() {
    before_wait_.stop();
    after_wait_.stop();
    asked_ = false;
    act_();
  }

  BeforeWait before_wait_;
  AfterWait after_wait_;
  std::function<void()> act_;
  bool asked_ = false;
};

}  // namespace usher
