// Decides when somebody is to be told that something is wrong, and that it is over. No clock and
// no loop: facts come in with the time, what is to be told comes out. Nobody decides anything about
// the service by what is here.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
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
  memory,         // over a share of the limit, for a time
  cpu,
  descriptors,
  coordination,  // the server that others learn from has not been reached for a time
};
inline constexpr std::size_t kAlertKinds = 7;

std::string_view to_string(AlertKind kind);
// The key of the configuration that says when there is an alert.
std::string_view setting_of(AlertKind kind);

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
