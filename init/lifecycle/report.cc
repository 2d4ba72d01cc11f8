#include "init/lifecycle/report.h"

#include <algorithm>
#include <cstdio>

#include "init/base/json.h"
#include "init/base/signal_name.h"
#include "init/base/text.h"
#include "init/base/utc.h"

namespace usher {
namespace {

std::string milliseconds(PhaseClock::Micros time) {
  char text[32];
  std::snprintf(text, sizeof text, "%lld.%03lld", static_cast<long long>(time.count() / 1000),
                static_cast<long long>(time.count() % 1000));
  return text;
}

std::string stop_json(const StopRequest& stop) {
  std::string out;
  JsonObject object(out);
  object.add("by", to_string(stop.cause));
  if (stop.cause == StopCause::signal) object.add("signal", signal_name(stop.signo));
  object.end();
  return out;
}

std::string phases_json(const PhaseClock& phases) {
  std::string out;
  JsonObject object(out);
  for (const auto phase : PhaseClock::kPhases) object.add_raw(phase, milliseconds(phases.in(phase)));
  object.add_raw("total", milliseconds(phases.total()));
  object.end();
  return out;
}

std::string peak_json(const Report& report) {
  std::string out;
  JsonObject object(out);
  object.add("memory_bytes", report.peak_memory_bytes)
      .add("cpu_user_ms", report.cpu_user_ms)
      .add("cpu_system_ms", report.cpu_system_ms)
      .end();
  return out;
}

std::string resources_json(const ResourcePeaks& peaks) {
  std::string out;
  JsonObject object(out);
  object.add("looks", peaks.looks).add("memory_bytes", peaks.memory_bytes);
  object.add("processes", peaks.processes).add("threads", peaks.threads);
  object.add("descriptors", peaks.descriptors).add_raw("cpus", format_number(peaks.cpus));
  object.add("container_memory_bytes", peaks.container_memory_bytes);
  object.add("oom_kills", peaks.oom_kills);
  object.end();
  return out;
}

std::string alerts_json(const Report& report) {
  std::string out;
  JsonObject object(out);
  for (const auto& [name, total] : report.alerts)
    object.add(name, static_cast<std::int64_t>(total));
  object.end();
  return out;
}

std::string checks_json(const std::vector<CheckCount>& checks) {
  std::string out;
  JsonObject object(out);
  for (const CheckCount& check : checks) {
    std::string counts;
    JsonObject inner(counts);
    inner.add("runs", static_cast<std::int64_t>(check.runs))
        .add("failed", static_cast<std::int64_t>(check.failed))
        .end();
    object.add_raw(check.name, counts);
  }
  object.end();
  return out;
}

void append_item(std::string& list, std::string_view item) {
  if (!list.empty()) list += ',';
  list += item;
}

std::string stretch_json(const Stretch& stretch) {
  std::string out;
  out.reserve(1024);
  JsonObject object(out);
  const auto phase = public_name(stretch.state);
  object.add("phase", phase);
  if (phase != to_string(stretch.state)) object.add("state", to_string(stretch.state));
  object.add_raw("at_ms", milliseconds(stretch.begin));
  object.add_raw("ms", milliseconds(stretch.end - stretch.begin));
  if (stretch.service_ended && stretch.exit.signal != 0)
    object.add("signal", signal_name(stretch.exit.signal));
  else if (stretch.service_ended)
    object.add("service_code", stretch.exit.code);
  object.end();
  return out;
}

std::string timeline_json(const Course& course) {
  std::string list;
  course.visit([&list](const Stretch& stretch) { append_item(list, stretch_json(stretch)); });
  return '[' + list + ']';
}

std::string dependencies_json(const std::vector<AwaitedDependency>& dependencies) {
  std::string list;
  for (const AwaitedDependency& one : dependencies) {
    std::string out;
    JsonObject object(out);
    object.add("name", one.name).add("target", one.target).add("satisfied", one.satisfied);
    object.add_raw("after_ms", milliseconds(one.after));
    if (!one.satisfied) object.add("last_seen", one.last_seen);
    object.end();
    append_item(list, out);
  }
  return '[' + list + ']';
}

enum class Length : std::uint8_t { whole, without_value, without_timeline };

std::string members(const Report& report, Length length) {
  std::string out;
  JsonObject object(out);
  object.add("event", "report").add("format", Report::kFormat);
  object.add("service", report.service).add("instance", report.instance);
  object.add("reason", to_string(report.verdict.reason)).add("exit_code", report.verdict.code);
  if (report.last_exit && report.last_exit->signal != 0)
    object.add("signal", signal_name(report.last_exit->signal));
  else
    object.add_null("signal");
  if (report.last_exit && report.last_exit->signal == 0)
    object.add("service_code", report.last_exit->code);
  else
    object.add_null("service_code");
  if (report.life.stop)
    object.add_raw("stop", stop_json(*report.life.stop));
  else
    object.add_null("stop");
  object.add("oom_killed", report.oom_killed);
  object.add("killed", report.life.forced).add("unkillable", report.life.unkillable);
  object.add("ready", report.life.ever_ready);
  if (length == Length::whole) object.add("ready_value", report.ready_value);
  object.add("attempts", report.life.attempts_total).add("restarts", report.life.restarts_total);
  object.add("started_at", utc_text(report.started_at)).add("ended_at", utc_text(report.ended_at));
  object.add_raw("phases_ms", phases_json(report.phases));
  if (length != Length::without_timeline) {
    object.add_raw("timeline", timeline_json(report.phases.course()));
    object.add("timeline_left_out", static_cast<std::int64_t>(report.phases.course().left_out()));
    object.add_raw("dependencies", dependencies_json(report.dependencies));
  }
  object.add_raw("checks", checks_json(report.checks));
  object.add("signals_forwarded", report.signals_forwarded);
  object.add("orphans_reaped", report.orphans_reaped);
  object.add("output_bytes_lost", report.output_bytes_lost);
  object.add("log_lines_dropped", report.log_lines_dropped);
  object.add_raw("peak", peak_json(report));
  if (!report.alerts.empty()) object.add_raw("alerts", alerts_json(report));
  if (report.resources) object.add_raw("peak_resources", resources_json(*report.resources));
  out.erase(0, 1);  // the brace
  return out;
}

}  // namespace

void PhaseClock::enter(State to, Micros now) {
  const auto at = std::find(kPhases.begin(), kPhases.end(), public_name(state_));
  if (at != kPhases.end()) spent_[static_cast<std::size_t>(at - kPhases.begin())] += now - since_;
  if (public_name(to) != public_name(state_)) phase_since_ = now;
  if (to != state_) course_.enter(to, now - begun_);
  since_ = now;
  state_ = to;
}

PhaseClock::Micros PhaseClock::in(std::string_view phase) const {
  const auto at = std::find(kPhases.begin(), kPhases.end(), phase);
  return at == kPhases.end() ? Micros{0} : spent_[static_cast<std::size_t>(at - kPhases.begin())];
}

PhaseClock::Micros PhaseClock::in(std::string_view phase, Micros now) const {
  return in(phase) + (public_name(state_) == phase ? now - since_ : Micros{0});
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
  if (report.last_exit && report.last_exit->signal != 0)
    out += " signal=" + signal_name(report.last_exit->signal);
  if (report.life.forced) out += " killed=true";
  if (report.oom_killed) out += " oom_killed=true";
  out += " attempts=" + std::to_string(report.life.attempts_total);
  for (const auto phase : PhaseClock::kPhases)
    if (report.phases.in(phase).count() > 0)
      out += ' ' + std::string(phase) + "_ms=" + milliseconds(report.phases.in(phase));
  return out + " total_ms=" + milliseconds(report.phases.total());
}

}  // namespace usher
