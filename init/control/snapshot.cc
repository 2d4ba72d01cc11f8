#include "init/control/snapshot.h"

#include <utility>

#include "init/base/json.h"
#include "init/base/text.h"

namespace usher {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kTextMost = 1024;

// Not in the middle of a character.
std::string_view cut(std::string_view text) {
  if (text.size() <= kTextMost) return text;
  std::size_t end = kTextMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

CheckLevel level_from(std::string_view name) {
  if (name == "alive") return CheckLevel::alive;
  return name == "watch" ? CheckLevel::watch : CheckLevel::ready;
}

CheckStatus status_from(std::string_view name) {
  if (name == "passing") return CheckStatus::passing;
  return name == "failing" ? CheckStatus::failing : CheckStatus::unknown;
}

std::string to_json(const AlertView& alert) {
  std::string out;
  JsonObject object(out);
  object.add("name", cut(alert.name)).add("setting", cut(alert.setting));
  object.add("seen", cut(alert.seen)).add("for_ms", std::int64_t{alert.lasts.count()});
  object.end();
  return out;
}

std::string to_json(const DependencyView& dependency) {
  std::string out;
  JsonObject object(out);
  object.add("name", cut(dependency.name)).add("target", cut(dependency.target));
  object.add("satisfied", dependency.satisfied).add("reason", cut(dependency.reason));
  object.end();
  return out;
}

template <typename View>
std::string list_of(const std::vector<View>& views) {
  std::string out = "[";
  for (const View& view : views) {
    if (out.size() > 1) out += ',';
    out += to_json(view);
  }
  return out += ']';
}

using Count = std::optional<std::int64_t> ResourcesView::*;
using Share = std::optional<double> ResourcesView::*;

constexpr std::pair<std::string_view, Count> kCounts[] = {
    {"descriptors", &ResourcesView::descriptors},
    {"main_descriptors", &ResourcesView::main_descriptors},
    {"main_descriptors_limit", &ResourcesView::main_descriptors_limit},
    {"container_memory_bytes", &ResourcesView::container_memory_bytes},
    {"container_memory_limit_bytes", &ResourcesView::container_memory_limit_bytes},
    {"container_processes", &ResourcesView::container_processes},
    {"container_processes_limit", &ResourcesView::container_processes_limit},
};

constexpr std::pair<std::string_view, Share> kShares[] = {
    {"container_cpu_limit", &ResourcesView::container_cpu_limit},
    {"cpu_pressure", &ResourcesView::cpu_pressure},
    {"io_pressure", &ResourcesView::io_pressure},
    {"memory_pressure", &ResourcesView::memory_pressure},
};

std::string to_json(const ResourcesView& view) {
  std::string out;
  JsonObject object(out);
  object.add("cpu_ms", view.cpu_ms).add("threads", view.threads);
  for (const auto& [name, member] : kCounts)
    if (view.*member) object.add(name, *(view.*member));
  for (const auto& [name, member] : kShares)
    if (view.*member) object.add_raw(name, format_number(*(view.*member)));
  object.add("pressure_of_machine", view.pressure_of_machine).add("complete", view.complete);
  object.end();
  return out;
}

ResourcesView resources_from(const Json& json) {
  ResourcesView view;
  view.cpu_ms = json.integer_of("cpu_ms").value_or(0);
  view.threads = json.integer_of("threads").value_or(0);
  for (const auto& [name, member] : kCounts) view.*member = json.integer_of(name);
  for (const auto& [name, member] : kShares)
    if (const Json* const value = json.find(name);
        value && (value->kind == Json::Kind::number || value->kind == Json::Kind::integer))
      view.*member = value->number;
  view.pressure_of_machine = json.boolean_of("pressure_of_machine");
  view.complete = json.boolean_of("complete");
  return view;
}

CheckView check_from(const Json& json) {
  CheckView check;
  check.name = json.text_of("name");
  check.kind = json.text_of("kind");
  check.target = json.text_of("target");
  check.status = status_from(json.text_of("status"));
  check.level = level_from(json.text_of("level"));
  check.failures = json.integer_of("failures").value_or(0);
  check.reason = json.text_of("reason");
  if (const auto ms = json.integer_of("latency_ms")) check.latency = milliseconds(*ms);
  if (const auto ms = json.integer_of("age_ms")) check.age = milliseconds(*ms);
  return check;
}

DependencyView dependency_from(const Json& json) {
  DependencyView dependency;
  dependency.name = json.text_of("name");
  dependency.target = json.text_of("target");
  dependency.satisfied = json.boolean_of("satisfied");
  dependency.reason = json.text_of("reason");
  return dependency;
}

AlertView alert_from(const Json& json) {
  AlertView alert;
  alert.name = json.text_of("name");
  alert.setting = json.text_of("setting");
  alert.seen = json.text_of("seen");
  alert.lasts = milliseconds(json.integer_of("for_ms").value_or(0));
  return alert;
}

}  // namespace

std::string to_json(const CheckView& check) {
  std::string out;
  JsonObject object(out);
  object.add("name", cut(check.name)).add("kind", cut(check.kind));
  object.add("target", cut(check.target)).add("status", to_string(check.status));
  object.add("level", to_string(check.level));
  object.add("failures", check.failures).add("reason", cut(check.reason));
  if (check.latency) object.add("latency_ms", std::int64_t{check.latency->count()});
  if (check.age) object.add("age_ms", std::int64_t{check.age->count()});
  object.end();
  return out;
}

std::string to_json(const Snapshot& s) {
  std::string out;
  JsonObject object(out);
  object.add("service", cut(s.service)).add("instance", cut(s.instance));
  object.add("state", cut(s.state)).add("since", cut(s.since));
  object.add("in_state_ms", std::int64_t{s.in_state.count()});
  object.add("uptime_ms", std::int64_t{s.uptime.count()});
  object.add("ready", s.ready).add("healthy", s.healthy).add("alive", s.alive);
  object.add("reason", cut(s.reason));
  object.add("attempt", s.attempt).add("starts", s.starts).add("restarts", s.restarts);
  object.add("pid", s.pid);
  object.add("ready_value", cut(s.ready_value)).add("status_text", cut(s.status_text));
  object.add("memory_bytes", s.memory_bytes).add("processes", s.processes);
  if (s.resources) object.add_raw("resources", to_json(*s.resources));
  object.add_raw("checks", list_of(s.checks));
  object.add_raw("dependencies", list_of(s.dependencies));
  object.add_raw("alerts", list_of(s.alerts));
  object.end();
  return out;
}

Snapshot snapshot_from(const Json& json) {
  Snapshot s;
  s.service = json.text_of("service");
  s.instance = json.text_of("instance");
  s.state = json.text_of("state");
  s.since = json.text_of("since");
  s.in_state = milliseconds(json.integer_of("in_state_ms").value_or(0));
  s.uptime = milliseconds(json.integer_of("uptime_ms").value_or(0));
  s.ready = json.boolean_of("ready");
  s.healthy = json.boolean_of("healthy");
  if (json.find("alive")) s.alive = json.boolean_of("alive");
  s.reason = json.text_of("reason");
  s.attempt = json.integer_of("attempt").value_or(0);
  s.starts = json.integer_of("starts").value_or(0);
  s.restarts = json.integer_of("restarts").value_or(0);
  s.pid = json.integer_of("pid").value_or(0);
  s.ready_value = json.text_of("ready_value");
  s.status_text = json.text_of("status_text");
  s.memory_bytes = json.integer_of("memory_bytes").value_or(0);
  s.processes = json.integer_of("processes").value_or(0);
  if (const Json* const resources = json.find("resources"))
    s.resources = resources_from(*resources);
  for (const Json& check : json.items_of("checks")) s.checks.push_back(check_from(check));
  for (const Json& one : json.items_of("dependencies"))
    s.dependencies.push_back(dependency_from(one));
  for (const Json& one : json.items_of("alerts")) s.alerts.push_back(alert_from(one));
  return s;
}

}  // namespace usher
