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

#include "init/base/capability.h"
#include "init/base/log_level.h"
#include "init/base/tls.h"
#include "init/config/probe_config.h"

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
// Whose notifications count: those of the main process, or also of all below it.
enum class NotifyAccess : std::uint8_t { main, all };

struct ServiceConfig {
  std::string name;                          // default: the last part of command[0]
  ServiceType type = ServiceType::service;
  Argv command;
  std::string user;                          // name or uid[:gid]; empty: as usher was started
  std::string workdir;                       // empty: as usher was started
  std::optional<std::uint32_t> umask;        // octal in the file: "0022"
  std::optional<bool> no_new_privs;          // without: where nothing speaks against it
  std::optional<Capabilities> capabilities;  // all that are kept; without: those of the container
  std::map<std::string, std::string> environment;  // wins over the files and what usher was given
  std::vector<std::string> environment_files;      // read before each start, later files win
  std::vector<ResourceLimit> limits;
  NotifyAccess notify_access = NotifyAccess::main;
  std::vector<std::string> secrets;                // variables whose values are nobody's business
  bool operator==(const ServiceConfig&) const = default;
};

// Two kinds of probe that are not asked: what they wait for is told by the service. Each other kind
// has its settings in probes/, where nobody else needs them.

// A line that the service prints. Once seen it stays seen until the next start. Not a dependency.
struct LineProbe {
  bool on_stdout = false;
  bool on_stderr = false;
  bool multiaddr = false;       // match = "multiaddr"; otherwise `pattern`
  std::string pattern;          // POSIX extended regular expression, as grep -E reads it
  bool allow_loopback = false;  // a multiaddr on 127/8 or ::1 counts
  unsigned count = 1;           // lines that have to match; the last one says what was found
  bool ignore_case = false;     // of ASCII letters, in the pattern
  Millis max_silence{0};        // the longest time between two of them; with no pattern: between any output
  bool operator==(const LineProbe&) const = default;
};
const ProbeKind& probe_kind_of(const LineProbe& probe);

// The service says so itself. Not a dependency. With a watchdog the check fails when
// WATCHDOG=1 has not come for this long.
struct NotifyProbe {
  int fd = -1;          // s6: a newline on this descriptor; -1: systemd's NOTIFY_SOCKET
  Millis watchdog{0};
  bool operator==(const NotifyProbe&) const = default;
};
const ProbeKind& probe_kind_of(const NotifyProbe& probe);

enum class DependencyBefore : std::uint8_t { each_start, first_start };

// Waited for before the service starts, all at once.
struct DependencyConfig {
  std::string name;
  ProbeConfig probe;
  Millis timeout{300'000};    // 0: no limit
  Millis attempt{3'000};      // attempt_timeout: the limit of one try
  Millis interval{2'000};     // longest pause between two tries (READY_CHECK_INTERVAL)
  std::string export_as;      // export: the service's variable that gets the key's value
  DependencyBefore before = DependencyBefore::each_start;
  bool operator==(const DependencyConfig&) const = default;
};

enum class PublishCommand : std::uint8_t { set, rpush, lpush };

// What usher writes when the service is ready: the value that its readiness probe found.
struct PublishConfig {
  std::string url;  // empty: nothing is published
  std::string key;
  PublishCommand command = PublishCommand::set;
  Millis ttl{0};                    // 0: the key stays
  std::string value;                // empty: what the probe found
  bool replace_address = false;     // an unspecified or loopback address becomes the container's
  bool remove_on_stop = false;
  bool clear_at_start = false;      // the whole key, whoever has written it
  std::string user, password;       // empty: what the URL has
  TlsSettings tls = {};             // where the URL says rediss
  bool operator==(const PublishConfig&) const = default;
};

struct ReadinessConfig {
  std::vector<ProbeConfig> probes;               // all must hold
  std::vector<int> require_signal_handlers;      // signal numbers
  Millis timeout{300'000};                       // from each start of the service
  Millis interval{2'000};                        // longest pause between polls
  PublishConfig publish;                         // readiness.publish.redis
  // service.pid_file: where a service that goes into the background says which process goes on. It is
  // ready no sooner.
  std::string pid_file;
  bool configured() const { return !probes.empty() || !require_signal_handlers.empty() || !pid_file.empty(); }
  bool operator==(const ReadinessConfig&) const = default;
};

enum class OnFailure : std::uint8_t { exit, restart, alert };

// What a check that fails says of the service: that it should be started anew, that it should get no
// work, or nothing. Each includes those before it: who is ready is alive.
enum class CheckLevel : std::uint8_t { alive, ready, watch };

// One health check. It runs while the service is ready; until it has passed once, or its
// start_period has gone by since ready, failures do not count.
struct HealthConfig {
  std::string name;
  ProbeConfig probe;
  Millis interval{5'000};      // from the end of one run to the next (HEALTH_CHECK_INTERVAL)
  Millis timeout{3'000};
  Millis start_period{0};
  unsigned failure_threshold = 3;  // in a row
  unsigned success_threshold = 1;  // in a row
  OnFailure on_failure = OnFailure::exit;
  std::optional<CheckLevel> level{};  // nothing: what on_failure implies, see level_of()
  bool operator==(const HealthConfig&) const = default;
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
  std::vector<int> final_exit_codes{2, 78};  // of the service's own: another attempt would not help
  Millis progress{30'000};  // between two lines of what is missing; 0: none
  bool operator==(const StartupConfig&) const = default;
};

enum class SignalScope : std::uint8_t { process, group };
// `leave` is not for files: see DropInConfig.
enum class Stragglers : std::uint8_t { terminate, kill, leave };

// One step of `shutdown.sequence`: send `signal`, then wait `pause` before the next one.
struct StopStep {
  int signal = 0;
  Millis pause{0};
  bool operator==(const StopStep&) const = default;
};

struct ShutdownConfig {
  Millis timeout{8'000};            // 0: SIGKILL at once
  bool timeout_given = false;       // it is no default
  std::vector<int> signals;         // received signals that ask for a stop; default TERM and INT
  std::vector<StopStep> sequence;   // empty: the signal that was received
  std::map<int, int> rewrite;       // received -> sent; 0 drops
  SignalScope scope = SignalScope::process;
  Millis delay{0};
  Stragglers stragglers = Stragglers::terminate;
  std::vector<std::string> cleanup_files;  // shutdown.cleanup.files
  std::vector<std::string> cleanup_keys;   // shutdown.cleanup.redis_keys, at coordination.redis
  Millis last_words{2'000};
  bool operator==(const ShutdownConfig&) const = default;
};

struct HookCommand {
  Argv argv;
  Millis timeout{30'000};
  bool timeout_given = false;  // by the configuration, here or as hooks.timeout
  bool operator==(const HookCommand&) const = default;
};

struct HooksConfig {
  std::vector<HookCommand> pre_start, post_ready, pre_stop, post_stop;
  Millis timeout{30'000};  // what a hook that names none of its own has been given
  bool operator==(const HooksConfig&) const = default;
};

enum class OnStdinEnd : std::uint8_t { ignore, stop };

struct LifecycleConfig {
  Millis timeout{0};  // the whole life
  OnStdinEnd stdin_end = OnStdinEnd::ignore;  // lifecycle.stdin: its last writer has gone
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

// What becomes of a termination message that the service has written itself.
enum class OwnMessage : std::uint8_t { append, keep, replace };

struct ReportConfig {
  std::string file;              // empty: none
  std::string termination_file;  // empty: /dev/termination-log if it exists
  bool termination = true;       // false: not even that; not for files
  OwnMessage own_message = OwnMessage::append;  // report.termination_message
  bool record = true;  // there is a message while the service lives, too
  bool operator==(const ReportConfig&) const = default;
};

enum class LogFormat : std::uint8_t { automatic, json, text };

struct LogConfig {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::automatic;  // text on a terminal, else json
  std::string file;                         // path, or the number of an inherited descriptor
  std::string prefix;                       // put before each line
  std::map<std::string, std::string> fields;
  Millis health{0};                         // between two lines of how it is; 0: none
  bool operator==(const LogConfig&) const = default;
};

struct ControlConfig {
  bool enabled = true;  // off is for a service that needs the last descriptor
  std::string socket;   // a path, or "@name"; empty: the abstract name of this PID namespace
  bool operator==(const ControlConfig&) const = default;
};

struct MetricsConfig {
  std::string listen;  // host:port with a literal address, or unix:/path; empty: off
  std::string push;    // URL of a Pushgateway that gets the last figures; empty: none
  std::map<std::string, std::string> push_labels;  // of the group there; "job" has a default
  std::map<std::string, std::string> push_headers;
  TlsSettings push_tls = {};
  bool operator==(const MetricsConfig&) const = default;
};

struct TracesConfig {
  bool enabled = true;   // where a collector is named, here or by OpenTelemetry's variables
  std::string endpoint;  // URL of a collector, before those variables
  bool shared = true;    // one trace for all instances of coordination.namespace
  TlsSettings tls = {};
  bool operator==(const TracesConfig&) const = default;
};

enum class OnOom : std::uint8_t { alert, restart, exit };

struct ResourcesConfig {
  Millis interval{0};  // between two looks at what the service uses; 0: only when somebody asks
  OnOom on_oom = OnOom::alert;  // a process of it was killed for want of memory
  bool operator==(const ResourcesConfig&) const = default;
};

// When somebody is told that something is wrong, and how.
struct AlertsConfig {
  // Shares of the limit from which on a use is too high; 0: not looked at. They need
  // resources.interval.
  double memory = 0, cpu = 0, descriptors = 0;
  Millis sustained{60'000};     // ... without a break
  Millis coordination{30'000};  // for how long a Redis server has not been reached; 0: not looked at
  Millis repeat{3'600'000};     // while it lasts; 0: never
  Millis min_interval{60'000};  // between two tellings of the same alert
  std::vector<HookCommand> hook;
  std::string webhook;  // empty: none
  std::map<std::string, std::string> webhook_headers;
  TlsSettings webhook_tls = {};
  Millis webhook_timeout{5'000};
  bool operator==(const AlertsConfig&) const = default;
};

// The registry of all services of one run.
struct CoordinationConfig {
  std::string redis;      // URL; empty: off
  std::string space;      // namespace
  Millis ttl{15'000};     // an entry that nobody refreshes disappears; refreshed at a third of it
  std::vector<std::string> expects;  // services that have to be there for the system to be healthy
  std::string user, password;  // empty: what the URL has
  TlsSettings tls = {};   // where the URL says rediss
  bool operator==(const CoordinationConfig&) const = default;
};

// What no file can ask for, only the command line of another init whose place we take.
struct DropInConfig {
  bool subreaper = true;        // become one where we are not PID 1
  bool new_session = false;     // for the service, with the terminal that was ours
  bool suspend_along = false;   // stop ourselves, too, on the signals by which a terminal stops
  bool signal_group_at_end = false;  // the service's, once it has gone itself
  bool shell_scripts = false;   // see SpawnRequest
  bool operator==(const DropInConfig&) const = default;
};

struct Config {
  ServiceConfig service;
  std::vector<DependencyConfig> dependencies;
  ReadinessConfig readiness;
  std::vector<HealthConfig> health;
  StartupConfig startup;
  ShutdownConfig shutdown;
  HooksConfig hooks;
  LifecycleConfig lifecycle;
  RestartConfig restart;
  ExitConfig exit;
  ReportConfig report;
  LogConfig log;
  ControlConfig control;
  MetricsConfig metrics;
  TracesConfig traces;
  ResourcesConfig resources;
  AlertsConfig alerts;
  CoordinationConfig coordination;
  TlsSettings tls;  // of all places that do not say it themselves
  DropInConfig drop_in;
  bool operator==(const Config&) const = default;
};

// All lines that are looked for in what the service prints: those that mean ready, in their order,
// then those of health checks.
std::vector<LineProbe> line_probes(const Config& config);
// Likewise what the service has to say by itself.
std::vector<NotifyProbe> notify_probes(const Config& config);

}  // namespace usher
