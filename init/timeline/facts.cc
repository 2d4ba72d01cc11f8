#include "init/timeline/facts.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "init/timeline/timeline.h"

namespace usher {
namespace {

using std::chrono::microseconds;

void append(std::string& list, const std::string& item) {
  if (!list.empty()) list += ", ";
  list += item;
}

std::string plural(std::int64_t count, const char* noun) {
  return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

std::string memory_text(std::int64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MiB", static_cast<double>(bytes) / (1 << 20));
  return text;
}

std::string waited(const LifeRecord& life) {
  std::string list;
  for (const AwaitedDependency& one : life.dependencies) {
    std::string item = one.name + (one.satisfied ? " " : " in vain for ") + human(one.after);
    if (!one.satisfied && !one.last_seen.empty()) item += " (" + one.last_seen + ')';
    append(list, item);
  }
  return list;
}

std::string attempts(const LifeRecord& life) {
  if (life.attempts <= 1 && life.restarts == 0) return {};
  std::string list = plural(life.attempts, "start");
  if (life.restarts > 0) list += " (" + plural(life.restarts, "restart") + ')';
  std::string ends;
  for (const PhaseSpan& span : life.spans)
    if (!span.ended.empty()) append(ends, span.ended);
  return ends.empty() ? list : list + ": " + ends;
}

std::string checks(const LifeRecord& life) {
  std::string list;
  for (const CheckCount& check : life.checks)
    append(list, check.name + ' ' +
                     std::to_string(check.runs - std::min(check.failed, check.runs)) + " of " +
                     std::to_string(check.runs) + " passed");
  return list;
}

std::string cut_hooks(const LifeRecord& life) {
  std::string list;
  for (const CutHook& hook : life.cut_hooks)
    append(list, hook.point + ' ' + hook.command + " killed after " + human(hook.after));
  return list;
}

std::string alerts(const LifeRecord& life) {
  std::string list;
  for (const auto& [name, total] : life.alerts)
    append(list, total == 1 ? name : name + " (" + plural(total, "time") + ')');
  return list;
}

std::string used(const LifeRecord& life) {
  std::string list;
  if (life.peak_memory_bytes > 0) list = memory_text(life.peak_memory_bytes) + " at most";
  if (life.most_processes > 1) append(list, std::to_string(life.most_processes) + " processes");
  if (life.cpu_ms > 0) append(list, human(std::chrono::milliseconds(life.cpu_ms)) + " of CPU");
  return list;
}

}  // namespace

std::string outcome(const LifeRecord& life) {
  if (life.oom_killed && life.reason == "signaled" && life.signal == "SIGKILL") return "out of memory";
  std::string text = life.reason;
  std::replace(text.begin(), text.end(), '_', ' ');
  if (life.reason == "stopped" && !life.stopped_by.empty()) text += " by " + life.stopped_by;
  if (life.reason == "exited") text = "by itself";
  if (life.reason == "signaled" && !life.signal.empty()) text = life.signal;
  return text;
}

std::string phase_sums(const LifeRecord& life) {
  std::array<microseconds, kPhaseCount> sums{};
  std::array<std::int64_t, kPhaseCount> parts{};
  const PhaseSpan* last = nullptr;
  for (const PhaseSpan& span : life.spans) {
    const auto phase = static_cast<std::size_t>(span.phase);
    sums[phase] += span.end - span.begin;
    parts[phase] += last == nullptr || last->phase != span.phase ? 1 : 0;
    last = &span;
  }
  std::string list;
  for (std::size_t i = 0; i < kPhaseCount; ++i) {
    if (sums[i].count() == 0) continue;
    std::string item = std::string(to_string(static_cast<Phase>(i))) + ' ' + human(sums[i]);
    if (parts[i] > 1 && static_cast<Phase>(i) == Phase::unhealthy)
      item += " (" + plural(parts[i], "time") + ')';
    append(list, item);
  }
  if (life.left_out > 0) append(list, plural(life.left_out, "change") + " left out");
  if (!life.in_order) append(list, "in an order that the report does not tell");
  return list;
}

std::vector<Fact> facts_of(const LifeRecord& life) {
  std::vector<Fact> facts;
  const auto add = [&facts](const char* name, std::string value) {
    if (!value.empty()) facts.push_back({name, std::move(value)});
  };
  add("failed", life.detail);
  add("waited for", waited(life));
  add("attempts", attempts(life));
  add("checks", checks(life));
  add("hooks", cut_hooks(life));
  add("alerts", alerts(life));
  add("used", used(life));
  // Where it was the service's own end, the outcome says so.
  if (life.oom_killed && outcome(life) != "out of memory") add("memory", "some process was killed for want of it");
  add("value", life.ready_value);
  add("trace", life.trace);
  return facts;
}

}  // namespace usher
