// What happens outside, told to the supervisor.
#include <algorithm>
#include <csignal>
#include <string>
#include <utility>

#include "init/app/app.h"
#include "init/app/world.h"
#include "init/base/signal_name.h"
#include "init/os/clock.h"
#include "init/os/process_tree.h"
#include "init/os/signals.h"

namespace usher {
namespace {

// Reaped in one go before signals are looked at again.
constexpr unsigned kReapAtMost = 1000;

constexpr Millis kFlushTick{10};
constexpr Millis kLookPause{2};

}  // namespace

void App::on_signals() {
  const Log::Together lines(log_);
  bool children = false;
  ReceivedSignal received;
  while (!over_ && signals_.next(received)) {
    if (received.signo == SIGCHLD) {
      children = true;
      if (dialect_ != nullptr) say(dialect_->received(SIGCHLD, 0));
      continue;
    }
    if (!finished_)
      on_signal(received);
    else if (asks_for_stop(config_.shutdown, received.signo, false))
      cut_last_words(signal_name(received.signo));
  }
  if (children) on_children();  // at the end there may be the hook of an alert
}

void App::on_signal(const ReceivedSignal& received) {
  const int signo = received.signo;
  if (log_.wants(LogLevel::debug))  // else nothing is put together that nobody reads
    log_.debug("signal_received").add("signal", signal_name(signo)).add("sender", received.sender);
  const DropInConfig& ways = config_.drop_in;
  if (ways.new_session && received.sender == ::getpid() && (signo == SIGHUP || signo == SIGCONT)) {
    if (dialect_ != nullptr) say(dialect_->terminal_given(signo));
    return;
  }
  if (dialect_ != nullptr) say(dialect_->received(signo, rewritten(config_.shutdown, signo)));
  if (signo == SIGWINCH && world_ && world_->output) world_->output->resized();
  if (world_) on_output();  // the sender may have acted on a line that we have seen, but not told
  supervisor_.signal(signo);
  if (ways.suspend_along && (signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU)) suspend();
}

void App::suspend() {
  log_.release();
  stop_self();
}

void App::say(std::string text) {
  if (!text.empty()) log_.verbatim(std::move(text));
}

void App::on_children() {
  const Reaper::Left left = Reaper::reap(*this, kReapAtMost);
  if (finished_) return;
  if (ended_) tell_end();
  if (finished_) return;
  const bool look = left == Reaper::Left::none || descendants_.worth_a_look();
  if (look || supervisor_.state() != State::draining) supervisor_.children_changed();
  if (finished_) return;
  // Who forks and ends faster than all of /proc can be read has a successor that came to us just now.
  if (look && left != Reaper::Left::none && supervisor_.state() == State::killing)
    descendants_.kill_children();
  if (left == Reaper::Left::more_to_reap)
    world().more.start(Millis{0}, [this] { on_children(); });
  else if (terminal_ >= 0)
    on_stopped_service();
}

void App::reaped(const Ended& child) {
  descendants_.child_ended();
  if (dialect_ != nullptr && child.pid != unborn_)
    say(dialect_->reaped(child, child.pid == service_));
  // Hooks and probes are killed by ourselves when their time is up.
  if (world_ && (world_->hooks.ended(child) || world_->post_ready_hooks.ended(child) ||
                 world_->children.ended(child) ||
                 (world_->alerts && world_->alerts->sender().ended(child))))
    return;
  reaped_cpu_ += Micros(child.user_us + child.system_us);
  killed_by_others_ |= child.signal == SIGKILL && supervisor_.state() != State::killing;
  if (child.pid == service_) {
    if (main_process_goes_on(child)) return;
    ended_ = child;
    service_ = -1;
    if (config_.drop_in.signal_group_at_end) signal_left_group(child.pid);
    return;
  }
  if (child.pid == unborn_)
    unborn_ = -1;
  else
    ++report_.orphans_reaped;
}

// The number is not free for others as long as somebody is in the group.
void App::signal_left_group(pid_t group) {
  descendants_.remember_group(group);
  signal_group(group, rewritten(config_.shutdown, SIGTERM));
}

// The service's last lines may be with the tap yet, and among them the one that means ready: what
// it printed before it ended counts, whichever thread was faster.
bool App::output_may_still_say_ready() const {
  if (supervisor_.state() != State::starting || !world_ || !world_->output) return false;
  return !world_->output->lines_say_ready() && !world_->output->ended();
}

// For output that somebody else holds open: no event says that what the service printed is out.
bool App::output_is_quiet() {
  World& w = *world_;
  if (++looks_at_end_ == 1) w.quiet_looks = 0;  // those of the last attempt's end
  w.quiet_looks = w.output->idle() ? w.quiet_looks + 1 : 0;
  return w.quiet_looks >= 2 || looks_at_end_ >= 100;
}

void App::tell_end() {
  if (!ended_) return;  // told meanwhile: another child has ended, too
  if (output_may_still_say_ready() && !output_is_quiet()) {
    world_->end.start(kLookPause, [this] { tell_end(); });
    return;
  }
  if (world_) world_->end.cancel();
  const Ended ended = *std::exchange(ended_, std::nullopt);
  looks_at_end_ = 0;
  if (world_) on_output();
  if (terminal_ >= 0) give_foreground(std::exchange(terminal_, -1), ::getpgrp());
  count(ended);
  log_end(ended);
  const ServiceExit exit{ended.code, ended.signal};
  report_.last_exit = exit;
  report_.phases.service_ended(exit);
  supervisor_.gone(exit, supervisor_.life().ready ? good_for() : Millis{0});
  supervisor_.children_changed();
}

void App::log_end(const Ended& ended) {
  auto line = log_.info("service_exited");
  if (ended.signal != 0)
    line.add("signal", signal_name(ended.signal));
  else
    line.add("code", ended.code);
}

void App::count(const Ended& child) {
  report_.peak_memory_bytes = std::max(report_.peak_memory_bytes, child.max_rss_kib * 1024);
  report_.cpu_user_ms += child.user_us / 1000;
  report_.cpu_system_ms += child.system_us / 1000;
}

// Ctrl-Z at a terminal that we share with the service.
void App::on_stopped_service() {
  const int by = service_ > 0 ? Reaper::stopped_by(service_) : 0;
  if (std::exchange(service_stopped_, by != 0) || by == 0 || by == SIGSTOP) return;
  if (::getpid() == 1) {
    // No shell is there that could ever continue it; without us the signal would have had no
    // effect, since the service would be PID 1.
    if (by == SIGTSTP) signal_group(service_, SIGCONT);
    return;
  }
  give_foreground(terminal_, ::getpgrp());
  suspend();
  // Continued. Where that was "fg", the foreground is ours again, to be handed on. The SIGCONT ends
  // here: passed on as well, it would come second, and undo a Ctrl-Z typed in between.
  drop_pending(SIGCONT);
  if (foreground_terminal() >= 0) give_foreground(terminal_, service_);
  signal_group(service_, SIGCONT);
  service_stopped_ = false;
}

// A tap has found a line, or come to its end, which is where the service's own end may wait for it.
void App::on_tap() {
  const Log::Together lines(log_);
  on_output();
  if (!finished_ && ended_ && !output_may_still_say_ready()) tell_end();
}

void App::on_output() {
  World& w = *world_;
  if (!w.output) return;
  if (w.output->findings().result()) supervisor_.result_seen();
  check_readiness();
  if (supervisor_.state() == State::flushing && w.output->ended()) on_flush_tick();
}

void App::on_flush_tick() {
  World& w = *world_;
  if (supervisor_.state() != State::flushing) return;
  w.quiet_looks = w.output->idle() ? w.quiet_looks + 1 : 0;
  const bool unread = w.patience.over(w.output->moved(), monotonic_now());
  if (unread) {
    report_.output_bytes_lost += static_cast<std::int64_t>(w.output->on_its_way());
    log_.warn("output_not_read").add("message", "the reader of our output has stopped reading");
  }
  if (w.output->ended() || w.quiet_looks > 2 || unread) {
    w.flush.cancel();
    return output_is_out();
  }
  w.flush.start(kFlushTick, [this] { on_flush_tick(); });
}

void App::output_is_out() {
  const Output& output = *world_->output;
  report_.output_bytes_lost += static_cast<std::int64_t>(output.lost());
  if (output.findings().result()) supervisor_.result_seen();
  supervisor_.flushed();
}

}  // namespace usher
