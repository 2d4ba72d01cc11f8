#include "init/timeline/life_record.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "init/base/json_read.h"
#include "init/base/text.h"
#include "init/base/utc.h"

namespace usher {
namespace {

using std::chrono::microseconds;

constexpr double kLongestMs = 1e12;  // some thirty years
constexpr std::int64_t kMostCount = 1'000'000'000'000'000;  // a thousand times that many fit
constexpr std::size_t kMostSpans = 1'000;

microseconds time_of(const Json& json, std::string_view name) {
  const Json* member = json.find(name);
  const bool number = member != nullptr &&
                      (member->kind == Json::Kind::integer || member->kind == Json::Kind::number);
  if (!number || !std::isfinite(member->number)) return microseconds{0};
  return microseconds(std::llround(std::clamp(member->number, 0.0, kLongestMs) * 1'000));
}

std::int64_t count_of(const Json& json, std::string_view name) {
  return std::clamp<std::int64_t>(json.integer_of(name).value_or(0), 0, kMostCount);
}

std::optional<Phase> phase_named(std::string_view name) {
  for (const Phase phase : kPhases)
    if (to_string(phase) == name) return phase;
  return std::nullopt;
}

std::string ended_text(const Json& span) {
  if (const auto signal = span.text_of("signal"); !signal.empty()) return std::string(signal);
  if (const auto code = span.integer_of("service_code")) return "exit " + std::to_string(*code);
  return {};
}

std::vector<PhaseSpan> timeline_of(const Json& report) {
  std::vector<PhaseSpan> spans;
  for (const Json& item : report.items_of("timeline")) {
    const auto phase = phase_named(item.text_of("phase"));
    if (!phase || spans.size() == kMostSpans) continue;  // a phase that came later than this reader
    const microseconds begin = time_of(item, "at_ms");
    spans.push_back({*phase, std::string(item.text_of("state")), begin, begin + time_of(item, "ms"),
                     ended_text(item)});
  }
  return spans;
}

// Sums, as if each phase had been there once.
std::vector<PhaseSpan> sums_of(const Json& phases) {
  std::vector<PhaseSpan> spans;
  microseconds at{0};
  for (const Phase phase : kPhases) {
    const microseconds spent = time_of(phases, to_string(phase));
    if (spent.count() > 0) spans.push_back({phase, {}, at, at + spent, {}});
    at += spent;
  }
  return spans;
}

// A stranger may have written anything: what overlaps gives way, and nothing is beyond the end.
void put_in_order(LifeRecord& life) {
  std::stable_sort(life.spans.begin(), life.spans.end(),
                   [](const PhaseSpan& a, const PhaseSpan& b) { return a.begin < b.begin; });
  microseconds free_from{0};
  for (PhaseSpan& span : life.spans) {
    span.begin = std::max(span.begin, free_from);
    free_from = span.end = std::max(span.end, span.begin);
  }
  life.total = std::max(life.total, free_from);
}

void read_parts(const Json& report, LifeRecord& life) {
  for (const Json& one : report.items_of("dependencies"))
    life.dependencies.push_back({std::string(one.text_of("name")),
                                 std::string(one.text_of("target")), one.boolean_of("satisfied"),
                                 time_of(one, "after_ms"), std::string(one.text_of("last_seen"))});
  for (const Json& one : report.items_of("cut_hooks"))
    life.cut_hooks.push_back({std::string(one.text_of("hook")), std::string(one.text_of("command")),
                              std::chrono::milliseconds(count_of(one, "after_ms"))});
  for (const Json& one : report.items_of("checks"))
    life.checks.push_back({one.key, static_cast<std::uint64_t>(count_of(one, "runs")),
                           static_cast<std::uint64_t>(count_of(one, "failed"))});
  if (const Json* peak = report.find("peak")) {
    life.peak_memory_bytes = count_of(*peak, "memory_bytes");
    life.cpu_ms = count_of(*peak, "cpu_user_ms") + count_of(*peak, "cpu_system_ms");
  }
  // Of the service with all below it, where the kernel's figure is of single processes.
  if (const Json* seen = report.find("peak_resources")) {
    life.peak_memory_bytes = std::max(life.peak_memory_bytes, count_of(*seen, "memory_bytes"));
    life.most_processes = count_of(*seen, "processes");
  }
  for (const Json& one : report.items_of("alerts"))
    if (one.kind == Json::Kind::integer) life.alerts.emplace_back(one.key, one.integer);
  if (const Json* stop = report.find("stop")) {
    const auto signal = stop->text_of("signal");
    life.stopped_by = signal.empty() ? stop->text_of("by") : signal;
  }
}

// Fills `life` and returns what is wrong, or nothing.
std::string read_life(const Json& report, LifeRecord& life) {
  if (report.text_of("event") != "report") return "is JSON, but no report of usher";
  if (const auto format = report.integer_of("format").value_or(0); format > Report::kFormat)
    return "was written by a newer usher: its format is " + std::to_string(format) +
           ", and this usher knows " + std::to_string(Report::kFormat);
  const auto started = parse_utc(report.text_of("started_at"));
  if (!started) return "has no started_at that is a time";
  const Json* phases = report.find("phases_ms");
  if (phases == nullptr) return "has no phases_ms";
  life.service = report.text_of("service");
  life.instance = report.text_of("instance");
  life.exit_code = report.integer_of("exit_code").value_or(0);
  life.reason = report.text_of("reason");
  life.detail = report.text_of("detail");
  life.signal = report.text_of("signal");
  life.trace = report.text_of("trace_id");
  life.oom_killed = report.boolean_of("oom_killed");
  life.unkillable = report.boolean_of("unkillable");
  life.attempts = count_of(report, "attempts");
  life.restarts = count_of(report, "restarts");
  life.ready_value = report.text_of("ready_value");
  life.started = *started;
  life.total = time_of(*phases, "total");
  life.in_order = report.find("timeline") != nullptr;
  life.spans = life.in_order ? timeline_of(report) : sums_of(*phases);
  life.left_out = count_of(report, "timeline_left_out");
  read_parts(report, life);
  put_in_order(life);
  return {};
}

void add_life(const Json& report, LifeRecords& found) {
  LifeRecord life;
  if (std::string problem = read_life(report, life); !problem.empty())
    found.problem = std::move(problem);
  else
    found.lives.push_back(std::move(life));
}

// A line of a log may have something before the object: the name of its container, say.
void read_lines(std::string_view text, LifeRecords& found) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t open = line.find('{');
    if (open == line.npos || line.find("\"event\":\"report\"") == line.npos) continue;
    if (const auto json = parse_json(trim(line.substr(open))))
      add_life(*json, found);
    else
      found.problem = "has a report in it that is not complete, or no JSON";
  }
}

}  // namespace

LifeRecords read_life_records(std::string_view text) {
  LifeRecords found;
  const std::string_view content = trim(text);
  if (content.empty()) {
    found.problem = "is empty";
  } else if (const auto json = parse_json(content)) {
    add_life(*json, found);
  } else {
    read_lines(content, found);
    if (found.lives.empty() && found.problem.empty())
      found.problem =
          content.front() == '{' ? "is not complete, or no JSON" : "has no report of usher in it";
  }
  return found;
}

}  // namespace usher
