#include "init/config/reload.h"

namespace usher {
namespace {

struct Group {
  std::string_view key;
  Effect effect;
  bool (*same)(const Config&, const Config&);
  void (*copy)(Config& to, const Config& from);
};

// A table as a whole, and one key of a table.
template <auto Part>
constexpr Group row(std::string_view key, Effect effect) {
  return {key, effect, [](const Config& a, const Config& b) { return a.*Part == b.*Part; },
          [](Config& to, const Config& from) { to.*Part = from.*Part; }};
}
template <auto Part, auto Member>
constexpr Group row(std::string_view key, Effect effect) {
  return {key, effect,
          [](const Config& a, const Config& b) { return a.*Part.*Member == b.*Part.*Member; },
          [](Config& to, const Config& from) { to.*Part.*Member = from.*Part.*Member; }};
}

constexpr Group kRows[] = {
    row<&Config::service, &ServiceConfig::name>("service.name", Effect::never),
    row<&Config::service, &ServiceConfig::type>("service.type", Effect::never),
    row<&Config::service, &ServiceConfig::command>("service.command", Effect::next_start),
    row<&Config::service, &ServiceConfig::user>("service.user", Effect::next_start),
    row<&Config::service, &ServiceConfig::workdir>("service.workdir", Effect::next_start),
    row<&Config::service, &ServiceConfig::umask>("service.umask", Effect::next_start),
    row<&Config::service, &ServiceConfig::no_new_privs>("service.no_new_privs", Effect::next_start),
    row<&Config::service, &ServiceConfig::capabilities>("service.capabilities", Effect::next_start),
    row<&Config::service, &ServiceConfig::environment>("service.environment", Effect::next_start),
    row<&Config::service, &ServiceConfig::environment_files>("service.environment_files",
                                                             Effect::next_start),
    row<&Config::service, &ServiceConfig::limits>("service.limits", Effect::next_start),
    row<&Config::service, &ServiceConfig::notify_access>("service.notify_access", Effect::next_start),
    row<&Config::readiness, &ReadinessConfig::pid_file>("service.pid_file", Effect::next_start),
    row<&Config::service, &ServiceConfig::secrets>("service.secrets", Effect::now),
    row<&Config::dependencies>("dependency", Effect::never),
    row<&Config::readiness>("readiness", Effect::next_start),
    row<&Config::health>("health", Effect::now),
    row<&Config::startup>("startup", Effect::now),
    row<&Config::shutdown>("shutdown", Effect::now),
    row<&Config::hooks>("hooks", Effect::now),
    row<&Config::lifecycle>("lifecycle", Effect::now),
    row<&Config::restart>("restart", Effect::now),
    row<&Config::exit, &ExitConfig::remap>("exit.remap", Effect::now),
    row<&Config::exit, &ExitConfig::on_stop>("exit.on_stop", Effect::now),
    row<&Config::exit, &ExitConfig::result>("exit.result", Effect::next_start),
    row<&Config::report>("report", Effect::now),
    row<&Config::log, &LogConfig::level>("log.level", Effect::now),
    row<&Config::log, &LogConfig::format>("log.format", Effect::now),
    row<&Config::log, &LogConfig::file>("log.file", Effect::never),
    row<&Config::log, &LogConfig::prefix>("log.prefix", Effect::now),
    row<&Config::log, &LogConfig::fields>("log.fields", Effect::now),
    row<&Config::log, &LogConfig::health>("log.health", Effect::now),
    row<&Config::control>("control", Effect::never),
    row<&Config::metrics, &MetricsConfig::listen>("metrics.listen", Effect::never),
    row<&Config::metrics, &MetricsConfig::push>("metrics.push", Effect::now),
    row<&Config::metrics, &MetricsConfig::push_labels>("metrics.push_labels", Effect::now),
    row<&Config::metrics, &MetricsConfig::push_headers>("metrics.push_headers", Effect::now),
    row<&Config::metrics, &MetricsConfig::push_tls>("metrics.push_tls", Effect::now),
    row<&Config::traces>("traces", Effect::never),
    row<&Config::resources>("resources", Effect::now),
    row<&Config::alerts>("alerts", Effect::now),
    row<&Config::coordination>("coordination", Effect::never),
    row<&Config::tls>("tls", Effect::now),
};

std::vector<LineProbe> lines_of_health(const Config& config) {
  std::vector<LineProbe> lines;
  for (const HealthConfig& health : config.health)
    if (const auto* line = health.probe.as<LineProbe>()) lines.push_back(*line);
  return lines;
}

// A line is looked for from the start of the service on: a check for another one would never pass
// before the next start.
Effect effect_of(const Group& row, const Config& running, const Config& fresh) {
  const bool health = row.key == "health";
  if (health && lines_of_health(running) != lines_of_health(fresh)) return Effect::next_start;
  return row.effect;
}

}  // namespace

std::vector<Change> changes(const Config& running, const Config& fresh) {
  std::vector<Change> found;
  for (const Group& row : kRows)
    if (!row.same(running, fresh)) found.push_back({row.key, effect_of(row, running, fresh)});
  return found;
}

void take(Config& running, const Config& fresh, Effect effect) {
  for (const Group& row : kRows)
    if (effect_of(row, running, fresh) == effect && !row.same(running, fresh))
      row.copy(running, fresh);
}

std::string describe(const std::vector<Change>& changes) {
  if (changes.empty()) return "nothing has changed";
  const auto list = [&changes](Effect effect, std::string_view lead) {
    std::string text;
    for (const Change& change : changes)
      if (change.effect == effect) text += (text.empty() ? "" : ", ") + std::string(change.key);
    return text.empty() ? text : std::string(lead) + text;
  };
  std::string text;
  for (const std::string& part : {list(Effect::now, "in force now: "),
                                  list(Effect::next_start, "at the next start of the service: "),
                                  list(Effect::never, "only in a new container: ")})
    if (!part.empty()) text += (text.empty() ? "" : "; ") + part;
  return text;
}

bool reload_knows(std::string_view key) {
  for (const Group& row : kRows)
    if (key == row.key || (key.starts_with(row.key) && key[row.key.size()] == '.')) return true;
  return false;
}

}  // namespace usher
