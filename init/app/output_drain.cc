#include "init/app/output_drain.h"

#include "init/os/clock.h"

namespace usher {
namespace {

constexpr std::chrono::milliseconds kFlushTick{10};
constexpr std::chrono::milliseconds kLookPause{2};

}  // namespace

void OutputDrain::count_quiet(const Output& output) {
  quiet_looks_ = output.idle() ? quiet_looks_ + 1 : 0;
}

void OutputDrain::begin(const Output& output, std::function<void(Outcome)> done) {
  output_ = &output;
  done_ = std::move(done);
  quiet_looks_ = 0;
  stall_.begin(output.moved(), monotonic_now());
  look();
}

void OutputDrain::look() {
  if (!done_) return;
  count_quiet(*output_);
  const bool unread = stall_.over(output_->moved(), monotonic_now());
  if (!output_->ended() && quiet_looks_ <= 2 && !unread) {
    flush_.start(kFlushTick, [this] { look(); });
    return;
  }
  flush_.cancel();
  const auto done = std::exchange(done_, nullptr);
  done(unread ? Outcome::not_read : Outcome::out);
}

bool OutputDrain::is_quiet(const Output& output, std::function<void()> again) {
  if (++looks_ == 1) quiet_looks_ = 0;
  count_quiet(output);
  if (quiet_looks_ >= 2 || looks_ >= 100) return true;
  look_.start(kLookPause, std::move(again));
  return false;
}

void OutputDrain::cancel() {
  flush_.cancel();
  look_.cancel();
  done_ = nullptr;
}

}  // namespace usher
