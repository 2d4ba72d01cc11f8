// All events of usher's log, one row each: docs/log-events.md is written from the table, and a line
// of another name, level or field does not compile.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "init/base/log_level.h"

namespace usher {

struct LogEventRow {
  std::string_view name;
  std::string_view levels;  // words, the usual one first
  std::string_view fields;  // words, beside ts, level, service, instance and those of log.fields
  std::string_view meaning;
};

// By name.
inline constexpr LogEventRow kLogEvents[] = {
    {"alert", "error", "alert seen setting for_ms", "Something is wrong, or still is; see [alerts](alerts.md)."},
    {"alert_cleared", "info", "alert seen setting for_ms", "... and is no longer."},
    {"alert_impossible", "warn", "setting message", "An alert is configured for a limit that the container has not."},
    {"alert_not_delivered", "warn", "alert message setting", "A webhook did not take an alert, or there was no time left."},
    {"backoff", "warn", "attempt next_in_ms", "The service is started again after a pause."},
    {"check", "debug", "check took_us reason", "A health check was asked."},
    {"check_failing", "error", "check target check_level reason failures setting",
     "A health check has failed `failure_threshold` times in a row."},
    {"check_passing", "info", "check target check_level", "... and passes again, or for the first time."},
    {"cleanup_failed", "warn debug", "file redis message", "Something of `shutdown.cleanup` could not be taken away."},
    {"config", "warn error", "key message", "Something in the configuration looks wrong, or cannot be had here."},
    {"dependency_failed", "error", "dependency target reason message last_seen",
     "What the service needs is not there, and is waited for no longer."},
    {"dependency_ready", "info", "dependency after_ms", "What the service needs is there."},
    {"descriptors_missing", "warn", "message", "Descriptors that were to be handed to the service are not open."},
    {"detached", "warn", "left message", "The main process has ended with 0 and left others behind; the message says what that means."},
    {"draining", "info", "signal left", "The service has ended; what it left behind got the signal."},
    {"failed", "error", "reason exit_code message",
     "The life has failed: what was asked, what was seen last, and which setting governs it; `detail` in the report."},
    {"health", "info", "health state for_ms reason", "How the service is, every `log.health`."},
    {"hook_failed", "error", "hook command message signal code", "A hook could not be started, failed or took too long."},
    {"hook_started", "debug", "hook pid", "A hook runs."},
    {"killing", "warn", "left message", "SIGKILL goes to what is left; the message says why."},
    {"log_dropped", "warn", "lines", "Lines of this log that nobody read in time, in all."},
    {"log_file", "error", "message", "`log.file` cannot be written; the log goes to stderr."},
    {"main_process", "info", "pid instead_of", "The service has gone into the background and named its main process."},
    {"metrics_failed", "error", "message setting", "Nobody can ask for metrics."},
    {"no_control", "warn", "socket message", "Nobody can ask on the control socket."},
    {"no_subreaper", "warn", "", "usher is not PID 1 and the kernel refuses: orphans go elsewhere."},
    {"not_notified", "warn", "message", "The `NOTIFY_SOCKET` that usher was given cannot be written to."},
    {"not_ready", "error", "message last_line", "The service was not ready in time; the message says what is missing."},
    {"notification_refused", "warn", "pid message", "Somebody who is not of the service wrote to `NOTIFY_SOCKET`."},
    {"notified", "debug", "status main_pid stopping", "The service has sent a notification."},
    {"oom_kill", "error", "kills total message", "The kernel has killed processes of the container for want of memory."},
    {"output_not_read", "warn", "message", "Whoever reads the service's output has stopped reading."},
    {"probe_misconfigured", "error", "probe message", "A probe of readiness will never pass as it is."},
    {"progress", "info", "state for_ms missing", "What the service is waited for, every `startup.progress`."},
    {"publish_failed", "warn error debug", "redis key message",
     "The address cannot be published; it is tried again. Said once, then at `debug`."},
    {"publish_limited", "warn", "redis key message", "Published, but not all that goes with it could be done."},
    {"published", "info", "redis key value", "The address stands in Redis."},
    {"push_failed", "warn", "message setting", "Nobody took the last metrics."},
    {"ready", "info", "after_ms value", "The service is ready; the time is since its start."},
    {"register_failed", "warn debug", "redis message",
     "The entry in the registry cannot be written; it is tried again. Said once, then at `debug`."},
    {"registered", "info", "redis", "The service stands in the registry."},
    {"reload_failed", "error", "message", "A mistake in a configuration that was to be reloaded: nothing has changed."},
    {"reloaded", "info", "message", "The configuration was read again; the message says what has changed."},
    {"report", "info", "", "The last line: how the life went. Its members are those of the [report](report.md)."},
    {"report_failed", "error", "file message", "The report cannot be written there."},
    {"restarting", "info", "by", "The service is stopped and started again, since it was asked for."},
    {"service_exited", "info", "signal code", "The service has ended, by itself or since it was told to."},
    {"signal_received", "debug", "signal sender", "usher got a signal."},
    {"signal_sent", "debug", "signal pid", "The service gets a signal."},
    {"spawn_failed", "error", "message", "The service cannot be started."},
    {"spawned", "info", "pid attempt", "The service was started."},
    {"state", "debug", "from on to", "Each step of the life of the service."},
    {"stopping", "info", "by signal limit_ms message", "The stop begins, what asked for it, and how long it may take."},
    {"system", "error", "message", "The system refuses what usher cannot do without: it ends with code 97."},
    {"tls_unverified", "warn", "server",
     "The certificate of a server is not looked at (`verify = false`): anybody can be it. Said once."},
    {"trace_failed", "warn debug", "message", "The collector did not take spans. Said once, then at `debug`."},
    {"tracing", "info warn", "endpoint trace_id message", "The life becomes a [trace](traces.md), or why it does not."},
    {"unexpected", "warn", "state fact", "A fault of usher that was passed over: please report it."},
    {"unkillable", "error", "left", "Processes that survived SIGKILL: they sit in the kernel and are left to it."},
    {"unpublished", "debug", "redis key value", "The address is no longer in Redis."},
    {"unregister_failed", "warn debug", "redis message", "The entry in the registry could not be taken away at the end."},
    {"waiting", "info", "dependency target reason", "A dependency is waited for, and what was seen last."},
};

// The table as Markdown.
std::string log_event_reference();

constexpr bool is_word_of(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = words.find(' ');
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(end == words.npos ? words.size() : end + 1);
  }
  return false;
}

// The levels of an event, none of one that has no row. Not a pointer to the row: the undefined behaviour
// sanitizer's look at one is no constant.
constexpr std::string_view levels_of_log_event(std::string_view name) {
  for (const LogEventRow& row : kLogEvents)
    if (row.name == name) return row.levels;
  return {};
}

// Called where a compiler shall stop; it has no body.
void no_such_row_in_log_event_h();

// The name of an event, made from a literal.
class LogEvent {
 public:
  consteval LogEvent(const char* name) : name_(name) {
    if (levels_of_log_event(name).empty()) no_such_row_in_log_event_h();
  }
  constexpr std::string_view name() const { return name_; }

 private:
  std::string_view name_;
};

// ... of one that is told at this level.
template <LogLevel level>
class LogEventAt {
 public:
  consteval LogEventAt(const char* name) : event_(name) {
    constexpr std::string_view word = level == LogLevel::error  ? "error"
                                      : level == LogLevel::warn ? "warn"
                                      : level == LogLevel::info ? "info"
                                                                : "debug";
    if (!is_word_of(levels_of_log_event(name), word)) no_such_row_in_log_event_h();
  }
  constexpr operator LogEvent() const { return event_; }

 private:
  LogEvent event_;
};

// The name of a field that some event has; that it is this one, the system tests see at each line.
class LogField {
 public:
  consteval LogField(const char* name) : name_(name) {
    bool known = false;
    for (const LogEventRow& row : kLogEvents) known = known || is_word_of(row.fields, name);
    if (!known) no_such_row_in_log_event_h();
  }
  constexpr std::string_view name() const { return name_; }

 private:
  std::string_view name_;
};

}  // namespace usher
