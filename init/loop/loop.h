// The event loop and its handles: libuv's, with lifetimes that C++ can hold on to. An object may
// die at any time, also inside its own callback; libuv's handle behind it goes in its close
// callback, which the loop runs later.
#pragma once

#include <uv.h>

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace usher {

class Loop {
 public:
  Loop() { error_ = -uv_loop_init(&loop_); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  // Everything that was built on the loop has been destroyed by now; their handles close here.
  ~Loop() {
    if (error_ != 0) return;
    // A stop() that no run() has met yet ends the first round before the handles are closed.
    while (uv_run(&loop_, UV_RUN_DEFAULT) != 0) {
    }
    uv_loop_close(&loop_);
  }

  // 0, or the errno that libuv got from the system.
  int error() const noexcept { return error_; }
  uv_loop_t& uv() noexcept { return loop_; }
  // Until stop(); never because nothing is left to do.
  void run() {
    while (!stopped_) uv_run(&loop_, UV_RUN_ONCE);
  }
  void stop() noexcept {
    stopped_ = true;
    uv_stop(&loop_);
  }

 private:
  uv_loop_t loop_;
  int error_;
  bool stopped_ = false;
};

// One libuv handle with one callback. Destroying the owner closes the handle; a callback that
// destroys or restarts its own object keeps running on a copy of what it captured.
template <typename Handle>
class HandleOwner {
 protected:
  struct Slot {
    Handle uv;
    std::function<void()> callback;
    bool open = true;  // false: libuv refused it, so there is nothing to close
  };
  struct Close {
    void operator()(Slot* slot) const noexcept {
      if (!slot->open) return delete slot;
      uv_close(reinterpret_cast<uv_handle_t*>(&slot->uv),
               [](uv_handle_t* handle) { delete static_cast<Slot*>(handle->data); });
    }
  };
  static void call(Handle* handle) {
    const auto callback = static_cast<Slot*>(handle->data)->callback;
    callback();
  }
  HandleOwner() : slot_(new Slot) { slot_->uv.data = slot_.get(); }
  std::unique_ptr<Slot, Close> slot_;
};

// One-shot, on the monotonic clock.
class Timer : HandleOwner<uv_timer_t> {
 public:
  explicit Timer(Loop& loop) { uv_timer_init(&loop.uv(), &slot_->uv); }
  // Counts from now, not from when this turn of the loop began; never early, though the loop counts
  // whole milliseconds, on a clock that may be one behind.
  void start(std::chrono::milliseconds after, std::function<void()> expired) {
    slot_->callback = std::move(expired);
    uv_loop_t* const loop = slot_->uv.loop;
    uv_timer_start(&slot_->uv, [](uv_timer_t* uv) { call(uv); },
                   after.count() > 0 ? turns_over(after) - uv_now(loop) : 0, 0);
  }
  void cancel() noexcept { uv_timer_stop(&slot_->uv); }

 private:
  // The first whole millisecond of the clock that is not before the end of the time.
  static std::uint64_t turns_over(std::chrono::milliseconds after) noexcept {
    constexpr std::uint64_t kNanos = 1'000'000;
    return (uv_hrtime() + kNanos - 1) / kNanos + static_cast<std::uint64_t>(after.count());
  }
};

// Watches a descriptor that outlives it. Level-triggered.
class Poll : HandleOwner<uv_poll_t> {
 public:
  // The descriptor must be one that epoll takes; regular files are not. libuv switches it to
  // non-blocking, so it must not share its open file with others (see Log for stderr).
  Poll(Loop& loop, int fd) {
    error_ = -uv_poll_init(&loop.uv(), &slot_->uv, fd);
    slot_->open = error_ == 0;
  }
  // 0, or the errno with which the loop refused to watch it.
  int error() const noexcept { return error_; }
  void start(int events, std::function<void()> happened) {
    if (error_ != 0) return;
    slot_->callback = std::move(happened);
    uv_poll_start(&slot_->uv, events, [](uv_poll_t* uv, int, int) { call(uv); });
  }
  void stop() noexcept {
    if (error_ == 0) uv_poll_stop(&slot_->uv);
  }
  // False once libuv has seen an error and stopped by itself, with a last call. There may still be
  // bytes to be read: whoever does not read all of them in that call has to start anew.
  bool active() const noexcept {
    return uv_is_active(reinterpret_cast<const uv_handle_t*>(&slot_->uv)) != 0;
  }

 private:
  int error_;
};

// Wakes the loop from another thread. Several wake-ups may arrive as one.
class WakeUp : HandleOwner<uv_async_t> {
 public:
  WakeUp(Loop& loop, std::function<void()> woken) {
    slot_->callback = std::move(woken);
    slot_->open = uv_async_init(&loop.uv(), &slot_->uv, [](uv_async_t* uv) { call(uv); }) == 0;
  }
  void send() noexcept {
    if (slot_->open) uv_async_send(&slot_->uv);
  }
};

}  // namespace usher
