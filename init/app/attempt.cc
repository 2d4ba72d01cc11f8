#include "init/app/attempt.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "init/base/signal_name.h"
#include "init/os/clock.h"
#include "init/os/exec_hint.h"
#include "init/os/process_tree.h"
#include "init/os/terminal.h"

namespace usher {
namespace {

SpawnFailure::Kind kind_of(const SpawnResult& result) {
  using Kind = SpawnFailure::Kind;
  const int error = result.error;
  const bool refused = error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
  if (refused || result.stage == SpawnStage::fork || result.stage == SpawnStage::descriptors)
    return Kind::system;
  const bool absent = error == ENOENT || error == ENOTDIR;
  if (result.stage == SpawnStage::exec && absent && !file_exists(result.path))
    return Kind::not_found;
  return Kind::cannot_execute;
}

}  // namespace

Attempt::Attempt(const Context& context, Family& family, const MakeProbe& make, WakeUp* wake,
                 Listener& listener)
    : context_(context),
      family_(family),
      wake_(wake),
      listener_(listener),
      readiness_(context, make, [this] { listener_.became_ready(); }),
      drain_(context.runtime),
      terminal_(context.log) {}

Attempt::~Attempt() { close(); }

std::optional<SpawnFailure> Attempt::start(SpawnRequest request) {
  const Config& config = context_.config;
  request.argv = config.service.command;
  request.new_session = config.drop_in.new_session;
  request.shell_scripts = config.drop_in.shell_scripts;
  if (request.new_session)
    let_go_of_terminal();
  else
    request.foreground_of = foreground_terminal();
  if (!config.readiness.pid_file.empty())
    handover_ = std::make_unique<Handover>(context_.runtime, family_, config.readiness.pid_file,
                                           [this] { tell_end(); });
  const bool opened = open_output(request) && open_notification(request);
  SpawnResult result;
  if (opened) result = family_.launch(request, Family::Kind::service, [this](const Ended& process) {
    reaped(process);
  });
  if (output_) output_->handed_over();
  if (!opened) return SpawnFailure{SpawnFailure::Kind::system, "what it says cannot be read"};
  if (notification_) notification_->handed_over(result.pid);
  if (handover_ && result.pid > 0) handover_->started(result.pid);
  if (result.pid < 0) return not_started(result, request);
  spawned_at_ = monotonic_now();
  pid_ = result.pid;
  if (result.late) await_word();
  terminal_.share(request.foreground_of);
  context_.say(context_.dialect.started(request, pid_));
  return std::nullopt;
}

void Attempt::await_word() {
  late_ = std::make_unique<Poll>(context_.runtime.loop(), family_.starts().watch(pid_));
  late_->start(UV_READABLE, [this] {
    const auto word = family_.starts().word(pid_);
    if (word == PendingSpawn::Word::failed) return late_->stop();  // its end follows at once
    if (word == PendingSpawn::Word::none) return;
    settle();
    listener_.executes();
  });
}

void Attempt::settle() {
  late_.reset();
  if (pid_ > 0) family_.starts().settle(pid_);
}

bool Attempt::open_output(SpawnRequest& request) {
  if (Output::has_to_read(context_.config)) {
    output_ = std::make_unique<Output>(context_.runtime.loop(), context_.config, *wake_);
    if (const int error = output_->open(request, request.identity)) {
      context_.log.error("spawn_failed")
          .add("message", std::string("cannot read its output: ") + std::strerror(error));
      return false;
    }
    if (output_->relays_keyboard()) context_.log.terminal_is_raw();
  }
  if (request.identity != nullptr) give_outputs_to(request.identity->uid);
  return true;
}

bool Attempt::open_notification(SpawnRequest& request) {
  if (!Notification::wanted(context_.config)) return true;
  notification_ = std::make_unique<Notification>(context_.runtime.loop(), context_.config,
                                                 context_.log, [this] { on_notified(); });
  const int error = notification_->prepare(request);
  if (error == 0) return true;
  notification_.reset();
  context_.log.error("spawn_failed")
      .add("message", std::string("cannot be notified by it: ") + std::strerror(error));
  return false;
}

SpawnFailure Attempt::not_started(const SpawnResult& result, const SpawnRequest& request) {
  context_.say(context_.dialect.not_started(request, result));
  std::string why = describe(result, request);
  context_.log.error("spawn_failed").add("message", why);
  return SpawnFailure{kind_of(result), std::move(why)};
}

void Attempt::begin_readiness() {
  readiness_.begin({output_.get(), notification_.get(), [this] { return pid_; }, handover_.get()});
}

Attempt::Micros Attempt::ready() {
  ready_at_ = monotonic_now();
  readiness_.end();
  if (notification_) notification_->begin_watchdog();
  return *ready_at_ - spawned_at_;
}

AttemptView Attempt::view() const {
  AttemptView view;
  view.pid = pid();
  view.ready_value = readiness_.value();
  if (notification_) view.says = notification_->status();
  view.missing = readiness_.missing();
  return view;
}

pid_t Attempt::pid() const {
  if (pid_ <= 0 || !notification_) return pid_;
  const pid_t named = notification_->main_pid();
  return named > 0 && is_below(::getpid(), named).value_or(false) ? named : pid_;
}

pid_t Attempt::group() const {
  if (!in_background_ || pid_ <= 0) return pid_;
  const auto stat = read_stat(pid_);
  return stat && stat->group != ::getpgrp() ? stat->group : pid_;
}

void Attempt::signal(int signo, Meaning meaning) {
  if (context_.log.wants(LogLevel::debug))
    context_.log.debug("signal_sent").add("signal", signal_name(signo)).add("pid", pid_);
  const bool stop = meaning == Meaning::stop;
  told_to_stop_ |= stop;
  if (handover_ && handover_->waits()) {
    if (stop) handover_->give_up();  // what is left is told with all that is left
    return tell_end();
  }
  if (context_.config.shutdown.scope == SignalScope::group) {
    if (stop) family_.remember_group(group());
    signal_group(group(), signo);
  } else {
    signal_process(pid_, signo);
  }
  // A stopped process would take its signal only when somebody continues it.
  if (stop && Reaper::stopped_by(pid_) != 0) signal_group(group(), SIGCONT);
}

void Attempt::on_notified() {
  context_.log.debug("notified")
      .add("status", notification_->status())
      .add("main_pid", std::int64_t{notification_->main_pid()})
      .add("stopping", notification_->stopping() ? "yes" : "no");
  readiness_.check();
  listener_.changed();
}

void Attempt::reaped(const Ended& process) {
  if (process.never_ran != nullptr) {
    settle();
    never_ran_ = not_started(process.never_ran->failure(), process.never_ran->request());
    pid_ = -1;
    return;
  }
  ran_unheard_ = late_ != nullptr;
  settle();
  if (goes_on_in_background(process)) return;
  if (!ended_) ended_ = process;
  if (handover_) handover_->end();
  pid_ = -1;
  if (!context_.config.drop_in.signal_group_at_end) return;
  // The number is not free for others as long as somebody is in the group.
  family_.remember_group(process.pid);
  signal_group(process.pid, rewritten(context_.config.shutdown, SIGTERM));
}

// A service that goes into the background names the process which goes on, and ends. That one is
// our child by now, and from here on the service.
bool Attempt::goes_on_in_background(const Ended& process) {
  if (notification_) notification_->listen();  // it may have named it with its last breath
  const pid_t named = notification_ ? notification_->main_pid() : -1;
  const auto stat = named > 0 && named != process.pid ? read_stat(named) : std::nullopt;
  if (stat && stat->parent == ::getpid() && stat->state != 'Z') {
    go_on_in(named, process);
    return true;
  }
  const bool well = process.signal == 0 && process.code == 0;
  if (!handover_ || in_background_ || !well || told_to_stop_) return false;
  pid_ = -1;
  handover_->main_ended(process);
  look_for_heir();
  return !ended_;
}

void Attempt::go_on_in(pid_t heir, const Ended& process) {
  listener_.main_process_ended(process);
  context_.log.info("main_process")
      .add("pid", std::int64_t{heir})
      .add("instead_of", std::int64_t{process.pid});
  pid_ = heir;
  if (notification_) notification_->goes_on_in(heir);
  if (handover_) handover_->settle();
  in_background_ = true;
  family_.adopt(heir, [this](const Ended& next) { reaped(next); });
  readiness_.check();
}

// The pid file may come after the end of the one that was started, or never.
void Attempt::look_for_heir() {
  if (!handover_ || ended_ || handover_->rests()) return;
  const Handover::Found found = handover_->look();
  if (found.heir > 0) go_on_in(found.heir, found.main);
  if (found.over) {
    if (found.end.pid != found.main.pid) listener_.main_process_ended(found.main);
    ended_ = found.end;
  }
  if (found.changed && found.heir < 0) readiness_.check();
}

// A daemon, where nothing says which process goes on.
void Attempt::tell_of_detached(const Ended& process) {
  const ServiceConfig& service = context_.config.service;
  const bool well = process.signal == 0 && process.code == 0;
  if (!well || told_to_stop_ || handover_ || context_.dialect.stands_in() ||
      service.type != ServiceType::service || family_.of_service().empty())
    return;
  context_.log.warn("detached")
      .add("left", family_.names_left())
      .add("message",
           "the main process has ended with 0, which is the end of the service; a daemon has to stay in the "
           "foreground, or to say which process goes on: by service.pid_file, or by MAINPID to a probe of type notify");
}

// The service's last lines may be with the tap yet, and among them the one that means ready: what
// it printed before it ended counts, whichever thread was faster.
bool Attempt::may_still_say_ready() const {
  return readiness_.under_way() && output_ && !output_->lines_say_ready() && !output_->ended();
}

void Attempt::tell_end() {
  look_for_heir();
  if (never_ran_) {
    terminal_.take_back();
    return listener_.never_ran(*std::exchange(never_ran_, std::nullopt));
  }
  if (std::exchange(ran_unheard_, false)) listener_.executes();
  if (!ended_) return;
  if (may_still_say_ready() && !drain_.is_quiet(*output_, [this] { tell_end(); })) return;
  look_at_output();
  const Ended process = *std::exchange(ended_, std::nullopt);
  terminal_.take_back();
  listener_.main_process_ended(process);
  log_end(process);
  tell_of_detached(process);
  listener_.ended({process.code, process.signal});
}

void Attempt::log_end(const Ended& process) {
  auto line = context_.log.info("service_exited");
  if (process.signal != 0)
    line.add("signal", signal_name(process.signal));
  else
    line.add("code", process.code);
}

void Attempt::look_if_stopped() { terminal_.look(pid_); }

void Attempt::look_at_output() {
  if (!output_) return;
  if (output_->findings().result()) listener_.result_seen();
  readiness_.check();
}

// A tap has found a line, or any where that was asked for, or come to its end, which is where the service's
// own end may wait for it.
void Attempt::on_output_news() {
  listener_.changed();
  look_at_output();
  if (ended_ && !may_still_say_ready()) return tell_end();
  if (output_ && output_->ended()) drain_.look();
}

void Attempt::flush() {
  if (!output_) return listener_.output_is_out(0);
  drain_.begin(*output_, [this](OutputDrain::Outcome outcome) {
    std::uint64_t lost = output_->lost();
    if (outcome == OutputDrain::Outcome::not_read) {
      lost += output_->on_its_way();
      context_.log.warn("output_not_read").add("message", "the reader of our output has stopped reading");
    }
    if (output_->findings().result()) listener_.result_seen();
    listener_.output_is_out(lost);
  });
}

void Attempt::terminal_resized() {
  if (output_) output_->resized();
}

void Attempt::restore_terminal() {
  if (output_) output_->restore_terminal();
}

void Attempt::close() {
  readiness_.end();
  drain_.cancel();
  settle();
  if (pid_ > 0) family_.disown(pid_);
}

}  // namespace usher
