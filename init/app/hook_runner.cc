#include "init/app/hook_runner.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "init/base/duration.h"
#include "init/base/signal_name.h"
#include "init/os/clock.h"
#include "init/os/descendants.h"

namespace usher {

void HookRunner::start(std::string_view point, const std::vector<HookCommand>& hooks,
                       SpawnRequest base, std::function<void(bool)> done) {
  limit_.cancel();
  pid_ = -1;
  point_ = point;
  hooks_ = hooks;
  index_ = 0;
  base_ = std::move(base);
  done_ = std::move(done);
  next();
}

void HookRunner::forget() {
  limit_.cancel();
  pid_ = -1;
  done_ = nullptr;
  row_ends_.reset();
}

void HookRunner::limit_row(Millis limit, std::string_view why) {
  row_ends_ = monotonic_now() + limit;
  row_limit_ = why;
  if (pid_ > 0) begin_limit();
}

void HookRunner::kill() {
  if (pid_ > 0) kill_group();
  forget();
}

// The process as well: one that was made just now may lead no group yet.
void HookRunner::kill_group() {
  signal_group(pid_, SIGKILL);
  signal_process(pid_, SIGKILL);
}

void HookRunner::next() {
  if (index_ == hooks_.size()) return finish(true);
  const HookCommand& hook = hooks_[index_];
  const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  base_.argv = hook.argv;
  base_.input = nothing.get();
  base_.output = base_.error = STDERR_FILENO;  // stdout belongs to the service
  base_.foreground_of = base_.controlling_terminal = -1;
  const SpawnResult result = family_.launch(base_, Family::Kind::helper,
                                            [this](const Ended& child) { ended(child); });
  if (result.pid < 0) {
    log_not_started(result);
    return finish(false);
  }
  pid_ = result.pid;
  log_.debug("hook_started").add("hook", point_).add("pid", std::int64_t{pid_});
  began_ = monotonic_now();
  begin_limit();
}

// Its own limit, counted from its start, or that of the row, whichever ends first.
void HookRunner::begin_limit() {
  const auto now = monotonic_now();
  const Millis own = hooks_[index_].timeout;
  std::optional<std::chrono::microseconds> ends;
  if (own > Millis{0}) ends = began_ + own;
  if (row_ends_ && (!ends || *row_ends_ < *ends)) ends = row_ends_;
  if (!ends) return;
  const auto left = std::chrono::ceil<Millis>(std::max(*ends - now, std::chrono::microseconds{0}));
  limit_.start(left, [this] { too_long(); });
}

// One that was forgotten is nobody's business any more.
void HookRunner::ended(const Ended& child) {
  if (pid_ < 0 || child.pid != pid_) return;
  pid_ = -1;
  limit_.cancel();
  if (child.never_ran != nullptr) {
    log_not_started(child.never_ran->failure());
    return finish(false);
  }
  if (child.code == 0 && child.signal == 0) {
    ++index_;
    return next();
  }
  log_failure(child);
  finish(false);
}

void HookRunner::log_not_started(const SpawnResult& result) {
  log_.error("hook_failed").add("hook", point_).add("message", describe(result, base_));
  failed(describe(result, base_));
}

void HookRunner::log_failure(const Ended& child) {
  auto line = log_.error("hook_failed");
  line.add("hook", point_).add("command", hooks_[index_].argv[0]);
  if (child.signal != 0)
    line.add("signal", signal_name(child.signal));
  else
    line.add("code", child.code);
  failed(child.signal != 0 ? "was ended by " + signal_name(child.signal)
                           : "ended with code " + std::to_string(child.code));
}

// Killed with its group while its number is still its own. Not waited for: the reaper takes it.
void HookRunner::too_long() {
  const HookCommand& hook = hooks_[index_];
  kill_group();
  const auto ran = std::chrono::round<Millis>(monotonic_now() - began_);
  const bool by_row = row_ends_ && (hook.timeout == Millis{0} || ran < hook.timeout);
  log_.error("hook_failed")
      .add("hook", point_)
      .add("command", hook.argv[0])
      .add("message", by_row ? "killed after " + format_duration(ran) + ", " + row_limit_
                             : "still running after " + format_duration(hook.timeout) +
                                   ", the limit that hooks.timeout or its own timeout sets");
  failed(by_row ? "was killed after " + format_duration(ran) + ", " + row_limit_
                : "was still running after " + format_duration(hook.timeout) +
                      ", its limit by hooks.timeout or its own");
  if (cut_) cut_({point_, hook.argv[0], ran});
  pid_ = -1;
  finish(false);
}

void HookRunner::finish(bool ok) {
  row_ends_.reset();
  if (const auto done = std::exchange(done_, nullptr)) done(ok);
}

}  // namespace usher
