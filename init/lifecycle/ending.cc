#include "init/lifecycle/ending.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "init/base/duration.h"
#include "init/base/signal_name.h"
#include "init/base/text.h"
#include "init/base/utc.h"

namespace usher {
namespace {

std::string counted(unsigned count, const std::string& noun) {
  return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

std::string because(std::string text, const std::string& reason) {
  return reason.empty() ? text : text + ": " + reason;
}

std::string way_of(ServiceExit exit) {
  if (exit.signal != 0) return "was ended by " + signal_name(exit.signal);
  return "ended with code " + std::to_string(exit.code);
}

std::string dependency_text(const Life& life, const Config& config, const LastSeen& seen) {
  const auto found = std::find_if(seen.dependencies.begin(), seen.dependencies.end(),
                                  [](const AwaitedDependency& one) { return !one.satisfied; });
  if (found == seen.dependencies.end()) return "what it depends on was not there";
  std::string text = "dependency " + found->name + " (" + found->target + ')';
  if (life.dependency_misconfigured) return because(text + " cannot be there as it is configured", found->last_seen);
  for (const DependencyConfig& each : config.dependencies)
    if (each.name == found->name)
      text += " was not there within " + format_duration(each.timeout) + ", the limit of dependency.timeout";
  return text + "; last seen: " + (found->last_seen.empty() ? "no answer" : found->last_seen);
}

std::string attempts_text(const Life& life, const Config& config) {
  if (life.exit && !life.ready_limit_passed && is_final(config.startup, *life.exit))
    return "; startup.final_exit_codes has it, so no attempt follows";
  return "; " + counted(life.attempt, "attempt") + ", startup.retries is " + std::to_string(config.startup.retries);
}

// Why the end of a service that was ready is the end of all.
std::string restart_text(const Life& life, const Config& config) {
  const RestartConfig& restart = config.restart;
  const bool by_health = life.restart == RestartCause::unhealthy;
  if (!by_health && restart.policy == RestartPolicy::never) return "; restart.policy is never";
  if (life.restarts_in_row >= restart.max)
    return "; after " + counted(life.restarts_in_row, "restart") + ", restart.max is used up";
  return {};
}

std::string early_end_text(const Life& life, const Config& config, const LastSeen& seen) {
  std::string text = "the service " + (life.exit ? way_of(*life.exit) : "ended") + " before it was ready";
  const bool zero = life.exit && life.exit->signal == 0 && life.exit->code == 0;
  if (zero) text += ", and service.type is not job";
  return because(text, seen.missing) + attempts_text(life, config);
}

std::string late_text(const Life& life, const Config& config, const LastSeen& seen) {
  std::string text = not_ready_text(config, seen.missing);
  if (!seen.line.empty()) text += "; the last line is " + in_quotes(seen.line);
  return text + attempts_text(life, config);
}

std::string own_end_text(const Life& life, const Config& config, const LastSeen& seen) {
  if (config.readiness.configured() && !life.ready) return early_end_text(life, config, seen);
  return "the service " + (life.exit ? way_of(*life.exit) : "ended") + restart_text(life, config);
}

std::string unhealthy_text(const Life& life, const Config& config, const LastSeen& seen) {
  const bool restarted = life.restart == RestartCause::unhealthy && !life.stop;
  return "check " + (seen.check.empty() ? "failed" : seen.check) + ", the limit of health.failure_threshold; " +
         (restarted ? "health.on_failure is restart" + restart_text(life, config) : "health.on_failure is exit");
}

std::string text_of(const Verdict& verdict, const Life& life, const Config& config, const LastSeen& seen) {
  const std::string start = life.spawn_failure ? life.spawn_failure->why : "";
  switch (verdict.reason) {
    case Reason::exited:
    case Reason::signaled: return own_end_text(life, config, seen);
    case Reason::stopped:
    case Reason::stopped_before_start:
    case Reason::without_a_word: break;
    case Reason::killed:
      return because("it had to be killed " + format_duration(config.shutdown.timeout) +
                         " after the stop began, the limit of shutdown.timeout", seen.left);
    case Reason::dependency: return dependency_text(life, config, seen);
    case Reason::not_ready: return late_text(life, config, seen);
    case Reason::ended_before_ready: return early_end_text(life, config, seen);
    case Reason::unhealthy: return unhealthy_text(life, config, seen);
    case Reason::lifetime:
      return "lifecycle.timeout of " + format_duration(config.lifecycle.timeout) + " has passed" +
             (seen.missing.empty() ? "" : "; it was not ready: " + seen.missing);
    case Reason::exec_failed: return because("service.command cannot be started", start);
    case Reason::system: return because("the system refused to start it", start);
    case Reason::hook_failed: return seen.hook.empty() ? "a hook of hooks.pre_start failed" : seen.hook;
    case Reason::config:
      if (life.dependency_misconfigured) return dependency_text(life, config, seen);
      return because("the configuration cannot be used", start);
    case Reason::internal: return because("the service has survived SIGKILL", seen.left);
  }
  return {};
}

// One line, not cut in the middle of a character.
std::string fitted(std::string text, std::size_t most = kDetailMost) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

std::string mebibytes(std::uint64_t bytes) { return std::to_string(bytes >> 20); }

std::string without_a_word_text(const LastHeard& last, std::chrono::system_clock::time_point at) {
  std::string text = "ended without a word, as where all of the container is killed at once (for want of memory, say); "
                     "last heard of at " + utc_text(at) + ": " + last.state;
  if (last.memory_bytes)
    text += ", memory " + mebibytes(*last.memory_bytes) +
            (last.memory_limit_bytes ? " of " + mebibytes(*last.memory_limit_bytes) : "") + " MiB";
  if (!last.reason.empty() && last.reason != last.state) text += "; " + last.reason;
  if (!last.check.empty()) text += "; check " + last.check;
  if (!last.line.empty()) text += "; the last line is " + in_quotes(last.line);
  return fitted(std::move(text));
}

}  // namespace

std::string report_without_a_word(Report report, LastHeard last, std::size_t most) {
  constexpr std::size_t kPartMost = 200;
  report.verdict = {false, 128 + SIGKILL, Reason::without_a_word};
  for (std::string* part : {&last.reason, &last.check, &last.line}) *part = fitted(std::move(*part), kPartMost);
  report.detail = without_a_word_text(last, report.ended_at);
  report.last_heard = std::move(last);
  const auto text = [&] { return '{' + to_json_members(report, most) + '}'; };
  std::string whole = text();
  if (whole.size() > most) {
    report.checks.clear();
    report.alerts.clear();
    report.last_heard->reason.clear();
    whole = text();
  }
  return whole;
}

bool is_failure(const Verdict& verdict) {
  return verdict.code != 0 && verdict.reason != Reason::stopped &&
         verdict.reason != Reason::stopped_before_start;
}

std::string detail_of(const Verdict& verdict, const Life& life, const Config& config, const LastSeen& seen) {
  return is_failure(verdict) ? fitted(text_of(verdict, life, config, seen)) : std::string();
}

std::string not_ready_text(const Config& config, std::string_view missing) {
  std::string text = "not ready within " + format_duration(config.readiness.timeout) +
                     ", the limit of readiness.timeout";
  if (!missing.empty()) text.append(": ").append(missing);
  return text;
}

}  // namespace usher
