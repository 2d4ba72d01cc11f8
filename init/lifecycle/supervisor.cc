#include "init/lifecycle/supervisor.h"

#include <csignal>
#include <utility>

namespace usher {

void Supervisor::start() {
  if (config_.lifecycle.timeout > Millis{0}) host_.arm(TimerId::life, config_.lifecycle.timeout);
  host_.wait_for_dependencies();
}

void Supervisor::post(Event event) {
  facts_.push_back(event);
  if (std::exchange(draining_facts_, true)) return;
  while (!facts_.empty()) {
    const Event fact = facts_.front();
    facts_.pop_front();
    handle(fact);
  }
  draining_facts_ = false;
  host_.settled();
}

int Supervisor::default_stop_signal() const {
  const int signo = rewritten(config_.shutdown, SIGTERM);
  return signo != 0 ? signo : SIGTERM;
}

int Supervisor::asked_stop_signal() const {
  return life_.stop && forward_signal_ != 0 ? forward_signal_ : default_stop_signal();
}

void Supervisor::signal(int signo) {
  const int sent = rewritten(config_.shutdown, signo);
  if (sent == 0) return;
  if (asks_for_stop(config_.shutdown, signo, service_runs_)) {
    forward_signal_ = sent;
    request_stop({StopCause::signal, signo});
  } else if (service_runs_) {
    host_.signal_service(sent);
  } else if (life_.attempts_total == 0 && sent <= 64) {
    held_ |= std::uint64_t{1} << (sent - 1);
  }
}

void Supervisor::pass_on(int signo) {
  const int sent = rewritten(config_.shutdown, signo);
  if (sent != 0 && service_runs_) host_.signal_service(sent);
}

void Supervisor::request_stop(StopRequest request) {
  if (!life_.stop) {
    life_.stop = request;
    // An end of the service that is already under way keeps its meaning.
    life_.stop_was_first = service_runs_ || (!life_.exit && !life_.spawn_failure);
  }
  post(Event::stop);
}

bool Supervisor::restart(RestartCause cause) {
  if (life_.stop || next(state_, Event::restart).act == Act::illegal) return false;
  if (state_ != State::backoff) life_.restart = cause;
  post(Event::restart);
  return true;
}

void Supervisor::gone(ServiceExit exit, Millis good_for) {
  service_runs_ = false;
  life_.exit = exit;
  if (state_ == State::starting && is_done(config_, exit)) life_.ready = life_.ever_ready = true;
  if (life_.ready && good_for >= config_.restart.stable_after) life_.restarts_in_row = 0;
  post(Event::gone);
}

void Supervisor::executing() {
  if (state_ == State::starting && !config_.readiness.configured()) post(Event::became_ready);
}

void Supervisor::never_ran(SpawnFailure failure) {
  service_runs_ = false;
  life_.spawn_failure = failure;
  post(Event::gone);
}

void Supervisor::dependency_failed(bool misconfigured) {
  life_.dependency_failed = true;
  life_.dependency_misconfigured = misconfigured;
  post(Event::over);
}

void Supervisor::flushed() {
  if (state_ != State::flushing) return;
  post(judge(life_, config_).again ? Event::again : Event::over);
}

void Supervisor::children_changed() {
  if (state_ == State::draining) drain();
  if (state_ == State::killing && host_.drain(0, StopRound::same)) post(Event::empty);
}

void Supervisor::handle(Event event) {
  if (event == Event::limit && state_ == State::starting) life_.ready_limit_passed = true;
  if (event == Event::hooks_failed && state_ == State::preparing) life_.hook_failed = true;
  if (event == Event::became_ready && state_ == State::starting) {
    life_.ready = life_.ever_ready = true;
    life_.attempt = 0;
  }
  const auto [to, what] = next(state_, event);
  const State from = std::exchange(state_, to);  // the only write to the state
  host_.report({from, event, to, what});
  if (from != to) limit_of(from, to);
  act(what);
  if (from != to) enter(to);
}

// A state's limit ends with it, but all states of one stop share theirs.
void Supervisor::limit_of(State from, State to) {
  host_.arm(TimerId::step, std::nullopt);
  if (under_stop_limit(from) && under_stop_limit(to)) return;
  std::optional<Millis> limit;
  if (under_stop_limit(to)) limit = config_.shutdown.timeout;
  if (to == State::killing) limit = kKillLimit;
  if (to == State::starting && config_.readiness.configured() &&
      config_.readiness.timeout > Millis{0})
    limit = config_.readiness.timeout;
  host_.arm(TimerId::limit, limit);
}

void Supervisor::enter(State to) {
  switch (to) {
    case State::waiting: host_.wait_for_dependencies(); break;
    case State::preparing: host_.run_hooks(HookPoint::pre_start); break;
    case State::starting: spawn(); break;
    case State::ready:
    case State::unhealthy: break;
    case State::delaying:
      if (config_.shutdown.delay > Millis{0})
        host_.arm(TimerId::step, config_.shutdown.delay);
      else
        post(Event::step);
      break;
    case State::pre_stop: host_.run_hooks(HookPoint::pre_stop); break;
    case State::stopping: break;
    case State::draining:
      if (stop_signal_ == 0) stop_signal_ = asked_stop_signal();
      if (config_.shutdown.stragglers == Stragglers::terminate)
        drain();
      else if (config_.shutdown.stragglers == Stragglers::leave)
        post(Event::empty);
      else
        post(host_.drain(0, StopRound::same) ? Event::empty : Event::limit);
      break;
    case State::killing: break;
    case State::flushing: host_.flush_output(); break;
    case State::backoff: begin_backoff(); break;
    case State::post_stop:
      verdict_ = judge(life_, config_);
      // What pre_start has begun, post_stop ends; without the one there is nothing for the other.
      if (life_.attempts_total > 0 || life_.hook_failed)
        host_.run_hooks(HookPoint::post_stop);
      else
        post(Event::hooks_over);
      break;
    case State::exited: host_.finish(verdict_); break;
  }
}

void Supervisor::act(Act what) {
  switch (what) {
    case Act::none:
    case Act::illegal: break;  // reported
    case Act::announce:
      host_.announce();
      release_held();
      break;
    case Act::send_stop:
      step_ = 0;
      send_step();
      break;
    case Act::next_step:
      ++step_;
      send_step();
      break;
    case Act::forward:
      if (state_ == State::draining)
        host_.drain(forward_signal_, StopRound::further);
      else
        host_.signal_service(forward_signal_);
      break;
    case Act::drain: drain(); break;
    case Act::kill: kill(); break;
    case Act::give_up:
      life_.unkillable = true;
      host_.give_up();
      break;
  }
}

void Supervisor::spawn() {
  ++life_.attempt;
  ++life_.attempts_total;
  life_.spawn_failure = host_.spawn();
  if (life_.spawn_failure) {
    post(Event::gone);
    return;
  }
  service_runs_ = true;
  if (!config_.readiness.configured() && !host_.started_late()) post(Event::became_ready);
}

void Supervisor::send_step() {
  const auto& sequence = config_.shutdown.sequence;
  if (sequence.empty()) {
    stop_signal_ = asked_stop_signal();
    host_.signal_service(stop_signal_);
    return;
  }
  if (step_ >= sequence.size()) return;
  if (step_ == 0) stop_signal_ = sequence[0].signal;
  host_.signal_service(sequence[step_].signal);
  if (step_ + 1 < sequence.size()) host_.arm(TimerId::step, sequence[step_].pause);
}

void Supervisor::drain() {
  if (host_.drain(stop_signal_, StopRound::same))
    post(Event::empty);
  else
    host_.arm(TimerId::step, kDrainPause);
}

void Supervisor::kill() {
  life_.forced |= service_runs_;
  if (host_.kill_all())
    post(Event::empty);
  else
    host_.arm(TimerId::step, kKillPause);
}

void Supervisor::release_held() {
  for (int signo = 1; held_ != 0; ++signo, held_ >>= 1)
    if ((held_ & 1) != 0) host_.signal_service(signo);
}

// What happened to the attempt is told; the next one begins with nothing of it.
void Supervisor::begin_backoff() {
  const bool commanded = life_.restart == RestartCause::command;
  unsigned nth = life_.attempt;
  if (commanded) {  // somebody wants it now, and it says nothing about the service
    life_.attempt = 0;
    ++life_.restarts_total;
  } else if (life_.ready) {
    nth = ++life_.restarts_in_row;
    ++life_.restarts_total;
  }
  life_.restart = RestartCause::none;
  life_.ready = life_.ready_limit_passed = life_.forced = life_.unkillable = false;
  life_.spawn_failure.reset();
  life_.exit.reset();
  stop_signal_ = 0;
  const BackoffConfig& backoff = config_.startup.backoff;
  host_.arm(TimerId::limit, commanded ? Millis{0} : backoff_delay(backoff, nth, host_.draw()));
}

}  // namespace usher
