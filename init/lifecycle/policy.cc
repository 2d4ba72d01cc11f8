#include "init/lifecycle/policy.h"

#include <algorithm>
#include <cmath>
#include <csignal>

namespace usher {
namespace {

int remapped(const ExitConfig& config, ServiceExit exit) {
  const int code = shell_code(exit);
  const auto found = config.remap.find(code);
  return found == config.remap.end() ? code : found->second;
}

Verdict over(int code, Reason reason) { return {false, code, reason}; }

Verdict own_end(const Life& life, const Config& config) {
  return over(remapped(config.exit, *life.exit),
              life.exit->signal != 0 ? Reason::signaled : Reason::exited);
}

// A stop that ended a running service.
Verdict stopped(const Life& life, const Config& config) {
  if (life.stop->cause == StopCause::lifetime) return over(exit_code::kLifetime, Reason::lifetime);
  if (life.stop->cause == StopCause::unhealthy || life.stop->cause == StopCause::oom)
    return over(exit_code::kUnhealthy, Reason::unhealthy);
  if (life.forced) return over(128 + SIGKILL, Reason::killed);
  if (!life.exit) return over(128 + life.stop->signo, Reason::stopped_before_start);
  const OnStop meaning = config.exit.on_stop;
  const bool zero = (meaning == OnStop::zero_if_ready && life.ever_ready) ||
                    (meaning == OnStop::zero_if_result && life.result_seen);
  return over(zero ? 0 : remapped(config.exit, *life.exit), Reason::stopped);
}

Verdict not_started(const Life& life, bool retry) {
  switch (life.spawn_failure->kind) {
    case SpawnFailure::Kind::not_found: return over(exit_code::kNotFound, Reason::exec_failed);
    case SpawnFailure::Kind::cannot_execute:
      return over(exit_code::kCannotExecute, Reason::exec_failed);
    case SpawnFailure::Kind::config: return over(exit_code::kConfig, Reason::config);
    case SpawnFailure::Kind::system: break;
  }
  return {retry, exit_code::kSystem, Reason::system};
}

// An attempt that came to its end without having been ready.
Verdict failed_attempt(const Life& life, const Config& config, bool retry) {
  if (life.ready_limit_passed) return {retry, exit_code::kNotReady, Reason::not_ready};
  if (is_final(config.startup, *life.exit)) retry = false;
  const int code = remapped(config.exit, *life.exit);
  if (code == 0) return {retry, exit_code::kEndedBeforeReady, Reason::ended_before_ready};
  return {retry, code, life.exit->signal != 0 ? Reason::signaled : Reason::ended_before_ready};
}

}  // namespace

bool is_final(const StartupConfig& config, ServiceExit exit) {
  const auto& codes = config.final_exit_codes;
  return exit.signal == 0 && std::find(codes.begin(), codes.end(), shell_code(exit)) != codes.end();
}

bool is_done(const Config& config, ServiceExit exit) {
  return config.service.type == ServiceType::job && remapped(config.exit, exit) == 0;
}

Verdict judge(const Life& life, const Config& config) {
  if (life.dependency_misconfigured) return over(exit_code::kConfig, Reason::config);
  if (life.dependency_failed) return over(exit_code::kDependency, Reason::dependency);
  if (life.stop && life.stop_was_first) return stopped(life, config);
  if (life.hook_failed) return over(exit_code::kHook, Reason::hook_failed);

  // Nobody starts anything new once a stop was asked for.
  const bool may = !life.stop;
  const bool ready_wanted = config.readiness.configured();
  const bool retry = may && ready_wanted && life.attempt < std::max(1u, config.startup.retries);
  if (life.spawn_failure) return not_started(life, retry);
  if (!life.exit) return over(exit_code::kInternal, Reason::internal);  // survived SIGKILL
  if (life.restart == RestartCause::command && may) return {true, 0, Reason::stopped};
  if (life.restart == RestartCause::unhealthy || life.restart == RestartCause::oom)
    return {may && life.restarts_in_row < config.restart.max, exit_code::kUnhealthy,
            Reason::unhealthy};
  if (ready_wanted && !life.ready) return failed_attempt(life, config, retry);

  Verdict verdict = own_end(life, config);
  const RestartConfig& restart = config.restart;
  const bool wanted = restart.policy == RestartPolicy::always ||
                      (restart.policy == RestartPolicy::on_failure && verdict.code != 0);
  verdict.again = may && wanted && life.restarts_in_row < restart.max;
  return verdict;
}

Millis backoff_delay(const BackoffConfig& config, unsigned attempt, double draw) {
  const double longest = static_cast<double>(config.max.count());
  double delay = static_cast<double>(config.initial.count());
  for (unsigned i = 1; i < attempt && delay < longest; ++i) delay *= config.factor;
  delay = std::min(delay, longest);
  delay *= 1.0 + config.jitter * (2.0 * draw - 1.0);
  return Millis(std::llround(std::clamp(delay, 0.0, longest)));
}

Millis share_of_pre_stop(const std::vector<HookCommand>& hooks, Millis left) {
  Millis given{0};
  for (const HookCommand& hook : hooks) given += hook.timeout_given ? hook.timeout : Millis{0};
  return given < left ? std::max(given, left / 2) : left / 2;
}

Millis share_of_post_stop(Millis left, Millis last_words) {
  constexpr Millis kLeast{500};  // one that cleans up is not left out because the service took all
  return std::max(std::max(left, Millis{0}) + last_words / 2, kLeast);
}

int rewritten(const ShutdownConfig& config, int signo) {
  const auto found = config.rewrite.find(signo);
  return found == config.rewrite.end() ? signo : found->second;
}

bool asks_for_stop(const ShutdownConfig& config, int signo, bool service_runs) {
  const auto& signals = config.signals;
  if (std::find(signals.begin(), signals.end(), signo) != signals.end()) return true;
  return !service_runs && (signo == SIGHUP || signo == SIGINT || signo == SIGQUIT || signo == SIGTERM);
}

std::string_view to_string(StopCause cause) noexcept {
  switch (cause) {
    case StopCause::signal: return "signal";
    case StopCause::lifetime: return "lifetime";
    case StopCause::unhealthy: return "unhealthy";
    case StopCause::command: return "command";
    case StopCause::stdin_closed: return "stdin_closed";
    case StopCause::oom: return "oom";
  }
  return "signal";
}

std::string_view to_string(Reason reason) noexcept {
  switch (reason) {
    case Reason::exited: return "exited";
    case Reason::signaled: return "signaled";
    case Reason::stopped: return "stopped";
    case Reason::stopped_before_start: return "stopped_before_start";
    case Reason::killed: return "killed";
    case Reason::dependency: return "dependency";
    case Reason::not_ready: return "not_ready";
    case Reason::ended_before_ready: return "ended_before_ready";
    case Reason::unhealthy: return "unhealthy";
    case Reason::lifetime: return "lifetime";
    case Reason::exec_failed: return "exec_failed";
    case Reason::system: return "system";
    case Reason::hook_failed: return "hook_failed";
    case Reason::config: return "config";
    case Reason::internal: return "internal";
    case Reason::without_a_word: return "without_a_word";
  }
  return "internal";
}

}  // namespace usher
