#include "init/app/hook_runner.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "init/base/duration.h"
#include "init/base/signal_name.h"
#include "init/os/descendants.h"

namespace usher {

void HookRunner::start(std::string_view point, const std::vector<HookCommand>& hooks,
                       SpawnRequest base, std::function<void(bool)> done) {
  forget();
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
}

void HookRunner::kill() {
  if (pid_ > 0) signal_group(pid_, SIGKILL);
  forget();
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
    log_.error("hook_failed").add("hook", point_).add("message", describe(result, base_));
    failed(describe(result, base_));
    return finish(false);
  }
  pid_ = result.pid;
  log_.debug("hook_started").add("hook", point_).add("pid", std::int64_t{pid_});
  if (hook.timeout > Millis{0}) limit_.start(hook.timeout, [this] { too_long(); });
}

// One that was forgotten is nobody's business any more.
void HookRunner::ended(const Ended& child) {
  if (pid_ < 0 || child.pid != pid_) return;
  pid_ = -1;
  limit_.cancel();
  if (child.code == 0 && child.signal == 0) {
    ++index_;
    return next();
  }
  log_failure(child);
  finish(false);
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
  signal_group(pid_, SIGKILL);
  log_.error("hook_failed")
      .add("hook", point_)
      .add("command", hook.argv[0])
      .add("message", "still running after " + format_duration(hook.timeout) +
                          ", the limit that hooks.timeout or its own timeout sets");
  failed("was still running after " + format_duration(hook.timeout) + ", its limit by hooks.timeout or its own");
  pid_ = -1;
  finish(false);
}

void HookRunner::finish(bool ok) {
  if (const auto done = std::exchange(done_, nullptr)) done(ok);
}

}  // namespace usher
