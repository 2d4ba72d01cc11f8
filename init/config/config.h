// The resolved configuration: plain values, every default in place, nothing left to look up.
//
// Filled by init/config/load.h and by nobody else. A duration of 0 means "no limit" unless the
// member says otherwise; the keys of the TOML file are named beside the members.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "init/base/log_level.h"

namespace usher {

using Millis = std::chrono::milliseconds;

using Argv = std::vector<std::string>;

// One row of `service.limits`: a resource of setrlimit(2), both limits in the kernel's own unit.
struct ResourceLimit {
  static constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};  // RLIM_INFINITY
  std::string name;                                               // as in the file: "nofile"
  int resource = 0;                                               // RLIMIT_NOFILE ...
  std::uint64_t soft = kUnlimited;
  std::uint64_t hard = kUnlimited;
  bool operator==(const ResourceLimit&) const = default;
};

enum class ServiceType : std::uint8_t { service, job };

struct ServiceConfig {
  std::string name;                          // default: the last part of command[0]
  ServiceType type = ServiceType::service;
  Argv command;
  std::string user;                          // name or uid[:gid]; empty: as usher was started
  std::string workdir;                       // empty: as usher was started
  std::optional<std::uint32_t> umask;        // octal in the file: "0022"
  bool no_new_privs = false;
  std::map<std::string, std::string> environment;  // wins over the files and what usher was given
  std::vector<std::string> environment_files;      // read before each start, later files win
  std::vector<ResourceLimit> limits;
  bool operator==(const ServiceConfig&) const = default;
};

// A readiness condition on what the service prints.
struct LineProbe {
  bool on_stdout = false;
  bool on_stderr = false;
  bool multiaddr = false;       // match = "multiaddr"; otherwise `pattern`
  std::string pattern;          // POSIX extended regular expression, as grep -E reads it
  bool allow_loopback = false;  // a multiaddr on 127/8 or ::1 counts
  bool operator==(const LineProbe&) const = default;
};

struct ReadinessConfig {
  std::vector<LineProbe> probes;                 // all must hold
  std::vector<int> require_signal_handlers;      // signal numbers
  Millis timeout{300'000};                       // from each start of the service
  Millis interval{2'000};                        // longest pause between polls
  bool configured() const { return !probes.empty() || !require_signal_handlers.empty(); }
  bool operator==(const ReadinessConfig&) const = default;
};

struct BackoffConfig {
  Millis initial{1'000};
  double factor = 2.0;
  Millis max{30'000};
  double jitter = 0.2;  // share of the delay, drawn evenly from [-jitter, +jitter]
  bool operator==(const BackoffConfig&) const = default;
};

struct StartupConfig {
  unsigned retries = 3;  // start attempts in all before usher gives up; at least 1
  BackoffConfig backoff;
  bool operator==(const StartupConfig&) const = default;
};

enum class SignalScope : std::uint8_t { process, group };
enum class Stragglers : std::uint8_t { terminate, kill };

// One step of `shutdown.sequence`: send `signal`, then wait `pause` before the next one.
struct StopStep {
  int signal = 0;
  Millis pause{0};
  bool operator==(const StopStep&) const = default;
};

struct ShutdownConfig {
  Millis timeout{30'000};           // 0: SIGKILL at once
  std::vector<int> signals;         // received signals that ask for a stop; default TERM and INT
  std::vector<StopStep> sequence;   // empty: the signal that was received
  std::map<int, int> rewrite;       // received -> sent; 0 drops
  SignalScope scope = SignalScope::process;
  Millis delay{0};
  Stragglers stragglers = Stragglers::terminate;
  std::vector<std::string> cleanup_files;  // shutdown.cleanup.files
  bool operator==(const ShutdownConfig&) const = default;
};

struct HookCommand {
  Argv argv;
  Millis timeout{30'000};
  bool operator==(const HookCommand&) const = default;
};

struct HooksConfig {
  std::vector<HookCommand> pre_start, post_ready, pre_stop, post_stop;
  Millis timeout{30'000};  // what a hook that names none of its own has been given
  bool operator==(const HooksConfig&) const = default;
};

struct LifecycleConfig {
  Millis timeout{0};  // the whole life
  bool operator==(const LifecycleConfig&) const = default;
};

enum class RestartPolicy : std::uint8_t { never, on_failure, always };

struct RestartConfig {
  RestartPolicy policy = RestartPolicy::never;
  unsigned max = 5;             // in a row
  Millis stable_after{10'000};  // up this long after ready: the row starts anew
  bool operator==(const RestartConfig&) const = default;
};

enum class OnStop : std::uint8_t { passthrough, zero_if_ready, zero_if_result };

struct ExitConfig {
  std::map<int, int> remap;  // service's code -> usher's code
  OnStop on_stop = OnStop::passthrough;
  std::string result;        // pattern on stdout that means a job has done its work
  bool operator==(const ExitConfig&) const = default;
};

struct ReportConfig {
  std::string file;              // empty: none
  std::string termination_file;  // empty: /dev/termination-log if it exists
  bool operator==(const ReportConfig&) const = default;
};

enum class LogFormat : std::uint8_t { automatic, json, text };

struct LogConfig {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::automatic;  // text on a terminal, else json
  std::string file;                         // path, or the number of an inherited descriptor
  std::string prefix;                       // put before each line
  std::map<std::string, std::string> fields;
  bool operator==(const LogConfig&) const = default;
};

struct Config {
  ServiceConfig service;
  ReadinessConfig readiness;
  StartupConfig startup;
  ShutdownConfig shutdown;
  HooksConfig hooks;
  LifecycleConfig lifecycle;
  RestartConfig restart;
  ExitConfig exit;
  ReportConfig report;
  LogConfig log;
  bool operator==(const Config&) const = default;
};

}  // namespace usher
