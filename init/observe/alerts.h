// Decides when somebody is to be told that something is wrong, and that it is over. No clock and
// no loop: facts come in with the time, what is to be told comes out. Nobody decides anything about
// the service by what is here.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "init/config/config.h"

namespace usher {

enum class AlertKind : std::uint8_t {
  start_timeout,  // not ready in time
  unhealthy,      // a health check has failed too often in a row
  stop_timeout,   // had to be killed
  failed,         // the life is over, and went wrong in a way that none of the others tells
  memory,         // over a share of the limit, for a time
  cpu,
  descriptors,
  coordination,  // the server that others learn from has not been reached for a time
  oom,           // a process of the container was killed for want of memory
};

// All that an alert is, beside who sees it: docs/alerts.md is written from these rows.
struct AlertRow {
  AlertKind kind;
  std::string_view name;
  std::string_view setting;     // the key of the configuration that says when there is one
  std::string_view when, over;  // for people: what begins it, and what ends it
  // How long it has to hold before it is told; null: what is told has lasted long enough already.
  Millis (*patience)(const AlertsConfig&) = nullptr;
  // Whether anybody looks; null: always.
  bool (*watched)(const Config&) = nullptr;
};

inline constexpr AlertRow kAlerts[] = {
    {AlertKind::start_timeout, "start_timeout", "readiness.timeout", "the service was not ready in time",
     "an attempt succeeds"},
    {AlertKind::unhealthy, "unhealthy", "health.failure_threshold", "a health check has failed so often in a row",
     "no check fails any more"},
    {AlertKind::stop_timeout, "stop_timeout", "shutdown.timeout", "it had to be killed", "it is ready again"},
    {AlertKind::failed, "failed", "restart.policy", "the life is over and has failed, which none of the three above tells",
     "never"},
    {AlertKind::memory, "memory", "alerts.memory", "that share of the limit was reached for `alerts.sustained`",
     "it is below, once", [](const AlertsConfig& c) { return c.sustained; },
     [](const Config& c) { return c.resources.interval > Millis{0} && c.alerts.memory > 0; }},
    {AlertKind::cpu, "cpu", "alerts.cpu", "that share of the limit was reached for `alerts.sustained`",
     "it is below, once", [](const AlertsConfig& c) { return c.sustained; },
     [](const Config& c) { return c.resources.interval > Millis{0} && c.alerts.cpu > 0; }},
    {AlertKind::descriptors, "descriptors", "alerts.descriptors",
     "that share of the limit was reached for `alerts.sustained`", "it is below, once",
     [](const AlertsConfig& c) { return c.sustained; },
     [](const Config& c) { return c.resources.interval > Millis{0} && c.alerts.descriptors > 0; }},
    {AlertKind::coordination, "coordination", "alerts.coordination", "the server was away for so long",
     "it is reached again", [](const AlertsConfig& c) { return c.coordination; },
     [](const Config& c) { return c.alerts.coordination > Millis{0}; }},
    {AlertKind::oom, "oom", "resources.on_oom", "the kernel has killed a process of the container for want of memory",
     "no further kill for `alerts.sustained`"},
};
inline constexpr std::size_t kAlertKinds = std::size(kAlerts);

constexpr const AlertRow& row_of(AlertKind kind) { return kAlerts[static_cast<std::size_t>(kind)]; }
constexpr bool alerts_are_in_order() {
  for (std::size_t i = 0; i < kAlertKinds; ++i)
    if (static_cast<std::size_t>(kAlerts[i].kind) != i) return false;
  return true;
}
static_assert(alerts_are_in_order(), "row_of() counts on the order of the enum");

constexpr std::string_view to_string(AlertKind kind) { return row_of(kind).name; }
constexpr std::string_view setting_of(AlertKind kind) { return row_of(kind).setting; }

// The table as Markdown.
std::string alert_reference();

class Alerts {
 public:
  using Micros = std::chrono::microseconds;  // on any clock that only goes forward

  struct News {
    enum class What : std::uint8_t { raised, repeated, cleared };
    AlertKind kind;
    What what;
    std::string seen;
    Micros since;  // when it began to be so
  };

  // The configuration outlives this, and may change between two calls.
  explicit Alerts(const AlertsConfig& config) : config_(config) {}

  // What is known now of one of them.
  std::vector<News> take(AlertKind kind, bool holds, std::string seen, Micros now);
  // What has come with time alone. To be asked again at next(), if there is one.
  std::vector<News> look(Micros now);
  std::optional<Micros> next() const;

  bool active(AlertKind kind) const { return at(kind).active; }
  // Of one that is active: when it began to be so, and what was seen last.
  Micros since(AlertKind kind) const { return at(kind).since; }
  const std::string& seen(AlertKind kind) const { return at(kind).seen; }
  // How often it has become active.
  std::uint64_t total(AlertKind kind) const { return at(kind).total; }

 private:
  struct One {
    bool holds = false;
    bool active = false;  // it has held for long enough
    bool told = false;    // ... and those outside know
    std::string seen;
    Micros since{0};
    std::optional<Micros> told_at;  // raised or repeated, the last time
    std::uint64_t total = 0;
  };
  const One& at(AlertKind kind) const { return all_[static_cast<std::size_t>(kind)]; }
  Millis patience(AlertKind kind) const;
  Micros pause(const One& one) const;
  std::optional<News> settle(AlertKind kind, Micros now);

  const AlertsConfig& config_;
  std::array<One, kAlertKinds> all_;
};

// Whether a use is over its share of a limit, and how people are told of it. Nothing is over where
// there is no limit, or where the share is 0.
struct UseFact {
  bool over = false;
  std::string seen;
};
UseFact memory_fact(std::optional<std::uint64_t> bytes, std::optional<std::uint64_t> limit,
                    double share);
UseFact cpu_fact(std::optional<double> cpus, std::optional<double> limit, double share);
UseFact descriptors_fact(std::optional<std::uint64_t> open, std::optional<std::uint64_t> limit,
                         double share);

}  // namespace usher
