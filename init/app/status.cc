#include "init/app/status.h"

#include <algorithm>
#include <utility>

#include "init/base/duration.h"
#include "init/base/signal_name.h"
#include "init/base/utc.h"

namespace usher {
namespace {

std::string named(const std::string& name, const std::string& text) {
  return text.empty() ? name : name + ": " + text;
}

// That counts, which those do not that are only watched.
const CheckView* first(const std::vector<CheckView>& checks, CheckStatus status) {
  const auto found = std::find_if(checks.begin(), checks.end(), [status](const CheckView& check) {
    return check.level != CheckLevel::watch && check.status == status;
  });
  return found == checks.end() ? nullptr : &*found;
}

std::string wait_reason(const Facts& facts) {
  for (const DependencyView& one : facts.dependencies)
    if (!one.satisfied) return named(one.name, one.reason);
  return "it is about to be started";
}

std::string start_reason(const Facts& facts, State state) {
  if (state == State::preparing) return "its pre_start hooks run";
  const bool missing = facts.attempt && !facts.attempt->missing.empty();
  return missing ? facts.attempt->missing : "it is being started";
}

std::string health_reason(const std::vector<CheckView>& checks) {
  if (const CheckView* const failing = first(checks, CheckStatus::failing))
    return named(failing->name, failing->reason);
  if (const CheckView* const unknown = first(checks, CheckStatus::unknown))
    return named(unknown->name, unknown->reason.empty() ? "not known yet" : unknown->reason);
  const auto passing = std::count_if(checks.begin(), checks.end(), [](const CheckView& check) {
    return check.status == CheckStatus::passing;
  });
  std::string text = "ready";
  if (passing > 0) text += ", " + std::to_string(passing) + (passing == 1 ? " check passes" : " checks pass");
  for (const CheckView& check : checks)
    if (check.status == CheckStatus::failing) text += "; watched: " + named(check.name, check.reason);
  return text;
}

std::string request_reason(const StopRequest& stop) {
  switch (stop.cause) {
    case StopCause::signal: return signal_name(stop.signo) + " has come";
    case StopCause::command: return "usher stop was called";
    case StopCause::lifetime: return "lifecycle.timeout has passed";
    case StopCause::stdin_closed: return "the last writer of its stdin has gone";
    case StopCause::oom: return "a process was killed for want of memory";
    case StopCause::unhealthy: break;
  }
  return "it was unhealthy";
}

// Why it is being ended, or that it has ended by itself.
std::string stop_reason(const Facts& facts) {
  const Life& life = facts.life;
  if (life.stop) return request_reason(*life.stop);
  if (life.restart == RestartCause::command) return "a restart was asked for";
  if (life.restart == RestartCause::unhealthy) return "it is restarted, being unhealthy";
  if (life.restart == RestartCause::oom) return "it is restarted, since a process was killed for want of memory";
  if (life.ready_limit_passed)
    return not_ready_text(facts.config, facts.attempt ? facts.attempt->missing : "");
  if (life.dependency_failed) return "what it depends on was not there";
  if (life.hook_failed) return "a pre_start hook has failed";
  if (life.spawn_failure) return "it could not be started";
  return "it has ended";
}

std::string reason_of(const Facts& facts) {
  switch (phase_of(facts.state)) {
    case Phase::waiting: return wait_reason(facts);
    case Phase::starting: return start_reason(facts, facts.state);
    case Phase::ready:
    case Phase::unhealthy: return health_reason(facts.checks);
    case Phase::backoff:
      return "attempt " + std::to_string(facts.life.attempts_total) + " has failed";
    case Phase::stopping: return stop_reason(facts);
    case Phase::exited: break;
  }
  return std::string(to_string(facts.verdict.reason)) + ", exit code " +
         std::to_string(facts.verdict.code);
}

std::string end_of(const Verdict& verdict, const Config& config) {
  const bool asked = verdict.reason == Reason::stopped || verdict.reason == Reason::killed ||
                     verdict.reason == Reason::stopped_before_start;
  if (asked) return "stopped";
  if (verdict.code != 0) return "failed";
  return config.service.type == ServiceType::job ? "done" : "stopped";
}

}  // namespace

bool is_healthy(State state, const std::vector<CheckView>& checks) {
  return state == State::ready && std::all_of(checks.begin(), checks.end(), [](const auto& check) {
           return check.level == CheckLevel::watch || check.status == CheckStatus::passing;
         });
}

// What checks have seen of a start that is over says nothing of the next.
bool is_alive(State state, const std::vector<CheckView>& checks) {
  if (!is_up(state)) return state != State::exited;
  return std::none_of(checks.begin(), checks.end(), [](const auto& check) {
    return check.level == CheckLevel::alive && check.status == CheckStatus::failing;
  });
}

std::string missing_for_start(State state, const Facts& facts) {
  if (phase_of(state) == Phase::waiting) return wait_reason(facts);
  return phase_of(state) == Phase::starting ? start_reason(facts, state) : std::string();
}

bool ends_late_start(const Transition& t, const Life& life) {
  return t.on == Event::stop && t.from != t.to && life.stop && life.stop->cause == StopCause::lifetime;
}

Status status_of(const Facts& facts) {
  const Life& life = facts.life;
  const auto millis = [](Facts::Micros time) { return std::chrono::duration_cast<Millis>(time); };
  Status s;
  s.service = facts.config.service.name;
  s.instance = facts.instance;
  s.state = to_string(phase_of(facts.state));
  s.in_state = millis(facts.now - facts.in_phase_since);
  s.since = utc_text(facts.wall_clock - s.in_state);
  s.uptime = millis(facts.now - facts.begun);
  s.ready = is_up(facts.state);
  s.attempt = life.attempt;
  s.starts = life.attempts_total;
  s.restarts = life.restarts_total;
  if (facts.attempt) {
    s.pid = std::max<pid_t>(facts.attempt->pid, 0);
    s.status_text = facts.attempt->says;
    if (s.ready) s.ready_value = facts.attempt->ready_value;
  }
  s.checks = facts.checks;
  s.dependencies = facts.dependencies;
  s.alerts = facts.alerts;
  s.healthy = is_healthy(facts.state, facts.checks);
  s.reason = reason_of(facts);
  s.alive = is_alive(facts.state, facts.checks);
  s.started = life.ready;
  if (facts.state == State::exited) {
    s.ended = end_of(facts.verdict, facts.config);
    s.exit_code = facts.verdict.code;
  }
  return s;
}

}  // namespace usher
