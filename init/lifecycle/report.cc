#include "init/lifecycle/report.h"

#include <charconv>

#include "init/base/json.h"
#include "init/base/signal_name.h"
#include "init/base/text.h"
#include "init/base/utc.h"

namespace usher {
namespace {

// Each of these puts a value behind what `out` has: a member of an object, or the whole of a line.
void put_milliseconds(std::string& out, PhaseClock::Micros time) {
  const std::int64_t micros = time.count();
  char text[32];
  char* end = std::to_chars(text, text + sizeof text - 4, micros / 1000).ptr;
  *end++ = '.';
  for (const int unit : {100, 10, 1}) *end++ = static_cast<char>('0' + micros / unit % 10);
  out.append(text, static_cast<std::size_t>(end - text));
}

void put_stop(std::string& out, const StopRequest& stop) {
  JsonObject object(out);
  object.add("by", to_string(stop.cause));
  if (stop.cause == StopCause::signal) object.add("signal", signal_name(stop.signo));
  object.end();
}

void put_phases(std::string& out, const PhaseClock& phases) {
  JsonObject object(out);
  for (const Phase phase : kPhases)
    put_milliseconds(object.member(to_string(phase)), phases.in(phase));
  put_milliseconds(object.member("total"), phases.total());
  object.end();
}

void put_peak(std::string& out, const Report& report) {
  JsonObject object(out);
  object.add("memory_bytes", report.peak_memory_bytes)
      .add("cpu_user_ms", report.cpu_user_ms)
      .add("cpu_system_ms", report.cpu_system_ms)
      .end();
}

void put_resources(std::string& out, const ResourcePeaks& peaks) {
  JsonObject object(out);
  object.add("looks", peaks.looks).add("memory_bytes", peaks.memory_bytes);
  object.add("processes", peaks.processes).add("threads", peaks.threads);
  object.add("descriptors", peaks.descriptors).add_raw("cpus", format_number(peaks.cpus));
  object.add("container_memory_bytes", peaks.container_memory_bytes);
  object.add("oom_kills", peaks.oom_kills);
  object.end();
}

void put_alerts(std::string& out, const Report& report) {
  JsonObject object(out);
  for (const auto& [name, total] : report.alerts)
    object.add(name, static_cast<std::int64_t>(total));
  object.end();
}

void put_last_heard(std::string& out, const LastHeard& last) {
  JsonObject object(out);
  object.add("state", last.state).add("since", last.since).add("reason", last.reason);
  if (!last.check.empty()) object.add("check", last.check);
  if (last.memory_bytes) object.add("memory_bytes", static_cast<std::int64_t>(*last.memory_bytes));
  if (last.memory_limit_bytes) object.add("memory_limit_bytes", static_cast<std::int64_t>(*last.memory_limit_bytes));
  if (!last.line.empty()) object.add("last_line", last.line);
  object.end();
}

void put_checks(std::string& out, const std::vector<CheckCount>& checks) {
  JsonObject object(out);
  for (const CheckCount& check : checks) {
    JsonObject counts(object.member(check.name));
    counts.add("runs", static_cast<std::int64_t>(check.runs))
        .add("failed", static_cast<std::int64_t>(check.failed))
        .end();
  }
  object.end();
}

void put_stretch(std::string& out, const Stretch& stretch) {
  JsonObject object(out);
  const auto phase = to_string(phase_of(stretch.state));
  object.add("phase", phase);
  if (phase != to_string(stretch.state)) object.add("state", to_string(stretch.state));
  put_milliseconds(object.member("at_ms"), stretch.begin);
  put_milliseconds(object.member("ms"), stretch.end - stretch.begin);
  if (stretch.service_ended && stretch.exit.signal != 0)
    object.add("signal", signal_name(stretch.exit.signal));
  else if (stretch.service_ended)
    object.add("service_code", stretch.exit.code);
  object.end();
}

// Between the items of a list that `out` ends with.
void put_comma(std::string& out) {
  if (!out.ends_with('[')) out += ',';
}

void put_timeline(std::string& out, const StateHistory& history) {
  out += '[';
  history.visit([&out](const Stretch& stretch) {
    put_comma(out);
    put_stretch(out, stretch);
  });
  out += ']';
}

void put_cut_hooks(std::string& out, const std::vector<CutHook>& hooks) {
  out += '[';
  for (const CutHook& hook : hooks) {
    put_comma(out);
    JsonObject(out)
        .add("hook", hook.point)
        .add("command", hook.command)
        .add("after_ms", std::int64_t{hook.after.count()})
        .end();
  }
  out += ']';
}

void put_dependencies(std::string& out, const std::vector<AwaitedDependency>& dependencies) {
  out += '[';
  for (const AwaitedDependency& one : dependencies) {
    put_comma(out);
    JsonObject object(out);
    object.add("name", one.name).add("target", one.target).add("satisfied", one.satisfied);
    put_milliseconds(object.member("after_ms"), one.after);
    if (!one.satisfied) object.add("last_seen", one.last_seen);
    object.end();
  }
  out += ']';
}

enum class Length : std::uint8_t { whole, without_value, without_timeline };

std::string members(const Report& report, Length length) {
  constexpr std::size_t kUsual = 2048;
  std::string out;
  out.reserve(kUsual);
  JsonObject object(out);
  object.add("event", "report").add("format", Report::kFormat);
  object.add("service", report.service).add("instance", report.instance);
  object.add("reason", to_string(report.verdict.reason)).add("exit_code", report.verdict.code);
  object.add("detail", report.detail);
  if (!report.trace.empty()) object.add("trace_id", report.trace);
  if (report.last_exit && report.last_exit->signal != 0)
    object.add("signal", signal_name(report.last_exit->signal));
  else
    object.add_null("signal");
  if (report.last_exit && report.last_exit->signal == 0)
    object.add("service_code", report.last_exit->code);
  else
    object.add_null("service_code");
  if (report.life.stop)
    put_stop(object.member("stop"), *report.life.stop);
  else
    object.add_null("stop");
  object.add("oom_killed", report.oom_killed);
  object.add("killed", report.life.forced).add("unkillable", report.life.unkillable);
  object.add("ready", report.life.ever_ready);
  if (length == Length::whole) object.add("ready_value", report.ready_value);
  object.add("attempts", report.life.attempts_total).add("restarts", report.life.restarts_total);
  object.add("started_at", utc_text(report.started_at)).add("ended_at", utc_text(report.ended_at));
  put_phases(object.member("phases_ms"), report.phases);
  if (length != Length::without_timeline) {
    put_timeline(object.member("timeline"), report.phases.history());
    object.add("timeline_left_out", static_cast<std::int64_t>(report.phases.history().left_out()));
    put_dependencies(object.member("dependencies"), report.dependencies);
    if (!report.cut_hooks.empty()) put_cut_hooks(object.member("cut_hooks"), report.cut_hooks);
  }
  put_checks(object.member("checks"), report.checks);
  object.add("signals_forwarded", report.signals_forwarded);
  object.add("orphans_reaped", report.orphans_reaped);
  object.add("output_bytes_lost", report.output_bytes_lost);
  object.add("log_lines_dropped", report.log_lines_dropped);
  put_peak(object.member("peak"), report);
  if (!report.alerts.empty()) put_alerts(object.member("alerts"), report);
  if (report.resources) put_resources(object.member("peak_resources"), *report.resources);
  if (report.last_heard) put_last_heard(object.member("last_heard"), *report.last_heard);
  out.erase(0, 1);  // the brace
  return out;
}

}  // namespace

void PhaseClock::enter(State to, Micros now) {
  spent_[static_cast<std::size_t>(phase_of(state_))] += now - since_;
  if (phase_of(to) != phase_of(state_)) phase_since_ = now;
  if (to != state_) history_.enter(to, now - begun_);
  since_ = now;
  state_ = to;
}

std::string to_json_members(const Report& report, std::size_t most) {
  for (const Length length : {Length::whole, Length::without_value}) {
    std::string text = members(report, length);
    if (text.size() + 2 <= most) return text;
  }
  return members(report, Length::without_timeline);
}

std::string to_text(const Report& report) {
  std::string out = "report service=" + report.service;
  out += " reason=" + std::string(to_string(report.verdict.reason));
  out += " exit_code=" + std::to_string(report.verdict.code);
  if (!report.detail.empty()) out += " detail=" + in_quotes(report.detail);
  if (report.last_exit && report.last_exit->signal != 0)
    out += " signal=" + signal_name(report.last_exit->signal);
  if (report.life.forced) out += " killed=true";
  for (const CutHook& hook : report.cut_hooks) out += " cut_hook=" + hook.point + ':' + hook.command;
  if (report.oom_killed) out += " oom_killed=true";
  out += " attempts=" + std::to_string(report.life.attempts_total);
  for (const Phase phase : kPhases) {
    if (report.phases.in(phase).count() <= 0) continue;
    out += ' ' + std::string(to_string(phase)) + "_ms=";
    put_milliseconds(out, report.phases.in(phase));
  }
  out += " total_ms=";
  put_milliseconds(out, report.phases.total());
  return out;
}

}  // namespace usher
