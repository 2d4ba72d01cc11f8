#include "init/cli/status_table.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <vector>

#include "init/base/controls.h"
#include "init/base/text.h"

namespace usher {
namespace {

std::string_view colour_of(const Snapshot& s) {
  if (s.healthy) return kGreen;
  return s.state == "unhealthy" || s.state == "exited" ? kRed : kYellow;
}

std::string_view colour_of(CheckStatus status) {
  if (status == CheckStatus::passing) return kGreen;
  return status == CheckStatus::failing ? kRed : kYellow;
}

std::string size_text(std::int64_t bytes) {
  constexpr std::array<const char*, 4> kUnits{"KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, value < 10 ? "%.1f %s" : "%.0f %s", value, kUnits[unit]);
  return text;
}

std::string plural(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + ' ' + noun + (count == 1 ? "" : noun.ends_with('s') ? "es" : "s");
}

std::string of_limit(std::string used, const std::string& limit) {
  return limit.empty() ? used : used + " of " + limit;
}

std::string count_text(const std::optional<std::int64_t>& count) {
  return count ? std::to_string(*count) : "";
}

// What the container uses of what it may; nothing where it cannot be seen.
std::string limits_text(const ResourcesView& r) {
  std::string text;
  const auto part = [&text](std::string_view what, const std::string& value) {
    if (!value.empty()) text += (text.empty() ? "" : ", ") + std::string(what) + value;
  };
  if (r.container_memory_bytes && r.container_memory_limit_bytes)
    part("memory ", of_limit(size_text(*r.container_memory_bytes), size_text(*r.container_memory_limit_bytes)));
  if (r.container_cpu_limit)
    part("at most ", format_number(*r.container_cpu_limit) + " CPUs");
  if (r.container_processes && r.container_processes_limit)
    part("tasks ", of_limit(count_text(r.container_processes), count_text(r.container_processes_limit)));
  const bool seen = r.container_memory_bytes || r.container_processes;
  return text.empty() && seen ? "none" : text;
}

std::string says(const CheckView& check) {
  if (!check.reason.empty()) return escape_controls(check.reason);
  return check.status == CheckStatus::passing ? "passed" : check.age ? "" : "not asked yet";
}

std::string pressure_text(const ResourcesView& r) {
  std::string text;
  const auto part = [&text](const char* what, const std::optional<double>& share) {
    if (share) text += (text.empty() ? "" : ", ") + std::string(what) + format_number(*share) + " %";
  };
  part("cpu ", r.cpu_pressure);
  part("io ", r.io_pressure);
  part("memory ", r.memory_pressure);
  return text.empty() || !r.pressure_of_machine ? text : text + ", of the whole machine";
}

std::vector<TableLine> facts(const Snapshot& s) {
  std::vector<TableLine> lines;
  const auto add = [&lines](std::string_view name, std::string value) {
    if (!value.empty()) lines.push_back({{"  " + std::string(name), kDim}, {escape_controls(value)}});
  };
  add("reason", s.reason);
  add("since", s.since + " (" + brief(s.in_state) + ")");
  if (s.pid > 0) add("pid", std::to_string(s.pid));
  std::string attempts = plural(s.starts, "start") + ", " + plural(s.restarts, "restart");
  if (s.attempt > 1) attempts += ", attempt " + std::to_string(s.attempt);
  add("started", std::move(attempts));
  if (s.memory_bytes > 0)
    add("memory", size_text(s.memory_bytes) + " in " + plural(s.processes, "process"));
  if (const auto& r = s.resources) {
    const bool seen = r->complete || s.processes > 0;
    if (seen)
      add("cpu", brief(std::chrono::milliseconds(r->cpu_ms)) + " in " + plural(r->threads, "thread"));
    const std::string own = of_limit(count_text(r->main_descriptors), count_text(r->main_descriptors_limit));
    if (r->descriptors) add("open", count_text(r->descriptors) + " descriptors, the main process " + own);
    if (!r->complete)
      add("note", seen ? "too large for one look: the figures above are too low"
                       : "its processes cannot be seen: no /proc here, or that of others");
    add("limits", limits_text(*r));
    add("waits", pressure_text(*r));
  }
  add("value", s.ready_value);
  add("status", s.status_text);
  add("uptime", brief(s.uptime) + (s.instance.empty() ? "" : " on " + s.instance));
  return lines;
}

std::string took(const CheckView& check) {
  if (!check.latency) return {};
  return check.latency->count() == 0 ? "<1ms" : brief(*check.latency);
}

std::vector<TableLine> check_lines(const Snapshot& s) {
  std::vector<TableLine> lines{{{"CHECK", kDim},
                                {"LEVEL", kDim},
                                {"STATUS", kDim},
                                {"LAST RUN", kDim},
                                {"TOOK", kDim},
                                {"TARGET", kDim},
                                {"SAYS", kDim}}};
  for (const CheckView& check : s.checks) {
    std::string status(to_string(check.status));
    if (check.failures > 0) status += " (" + std::to_string(check.failures) + " failed)";
    lines.push_back({{escape_controls(check.name)},
                     {std::string(to_string(check.level))},
                     {std::move(status), colour_of(check.status)},
                     {check.age ? brief(*check.age) + " ago" : "never"},
                     {took(check)},
                     {escape_controls(check.target)},
                     {says(check)}});
  }
  return lines;
}

std::vector<TableLine> dependency_lines(const Snapshot& s) {
  std::vector<TableLine> lines{
      {{"DEPENDENCY", kDim}, {"STATUS", kDim}, {"TARGET", kDim}, {"SAYS", kDim}}};
  for (const DependencyView& one : s.dependencies)
    lines.push_back(
        {{escape_controls(one.name)},
         one.satisfied ? TableCell{"satisfied", kGreen} : TableCell{"waited for", kYellow},
         {escape_controls(one.target)},
         {one.satisfied && one.reason.empty() ? "passed" : escape_controls(one.reason)}});
  return lines;
}

std::vector<TableLine> alert_lines(const Snapshot& s) {
  std::vector<TableLine> lines{
      {{"ALERT", kDim}, {"FOR", kDim}, {"SETTING", kDim}, {"SEEN", kDim}}};
  for (const AlertView& alert : s.alerts)
    lines.push_back({{escape_controls(alert.name), kRed},
                     {brief(alert.lasts)},
                     {escape_controls(alert.setting)},
                     {escape_controls(alert.seen)}});
  return lines;
}

}  // namespace

std::string status_table(const Snapshot& s, TableStyle style) {
  const std::string health = s.state == "unhealthy" ? ""
                             : s.healthy            ? ", healthy"
                                                    : ", not healthy";
  std::string out =
      aligned({{{escape_controls(s.service), kBold}, {escape_controls(s.state) + health, colour_of(s)}}}, style);
  out += aligned(facts(s), style);
  if (!s.alerts.empty()) out += '\n' + aligned(alert_lines(s), style);
  if (!s.checks.empty()) out += '\n' + aligned(check_lines(s), style);
  if (!s.dependencies.empty()) out += '\n' + aligned(dependency_lines(s), style);
  return out;
}

}  // namespace usher
