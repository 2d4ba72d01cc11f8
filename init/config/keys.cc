#include "init/config/keys.h"

#include "init/base/text.h"
#include "init/config/decode.h"

namespace usher {
namespace {

constexpr std::string_view kServiceTypes[] = {"service", "job"};
constexpr std::string_view kScopes[] = {"process", "group"};
constexpr std::string_view kStragglers[] = {"terminate", "kill"};
constexpr std::string_view kPolicies[] = {"never", "on-failure", "always"};
constexpr std::string_view kOnStop[] = {"passthrough", "zero_if_ready", "zero_if_result"};
constexpr std::string_view kLevels[] = {"off", "error", "warn", "info", "debug"};
constexpr std::string_view kFormats[] = {"automatic", "json", "text"};

template <std::size_t N>
constexpr Choices one_of(const std::string_view (&names)[N]) {
  return {names, N};
}

using C = Config;
using enum KeyType;

constexpr double kAttempts = 1000;
constexpr double kRestarts = 1'000'000;

// A help text ends up in a table of the reference and in the pop-up of an editor: a sentence or two.
constexpr Key kKeys[] = {
    {.path = "service.name",
     .type = name,
     .help = "The service in logs, metrics and reports: 1 to 64 letters, digits, '.', '_' or '-'. By "
             "default the last part of the command's path.",
     .read = into<&C::service, &ServiceConfig::name>},
    {.path = "service.type",
     .type = choice,
     .fallback = R"("service")",
     .help = "A service runs until it is told to stop; a job ends by itself, and its 0 is success.",
     .read = into<&C::service, &ServiceConfig::type>,
     .choices = one_of(kServiceTypes)},
    {.path = "service.command",
     .type = argv,
     .help = "What to run: the program and its arguments, without a shell. A command on usher's own "
             "command line replaces it.",
     .read = into<&C::service, &ServiceConfig::command>},
    {.path = "service.user",
     .type = user,
     .fallback = R"("")",
     .help = "Run as this user: a name, or uid[:gid]. Supplementary groups come from /etc/group.",
     .read = into<&C::service, &ServiceConfig::user>},
    {.path = "service.workdir",
     .type = path,
     .fallback = R"("")",
     .help = "The directory to start in; by default the one usher was started in.",
     .read = into<&C::service, &ServiceConfig::workdir>},
    {.path = "service.umask",
     .type = umask,
     .help = "The file mode mask in octal, such as \"0022\"; by default as usher was started.",
     .read = into<&C::service, &ServiceConfig::umask>},
    {.path = "service.no_new_privs",
     .type = boolean,
     .fallback = "false",
     .help = "Forbid the service to gain privileges through set-uid programs.",
     .read = into<&C::service, &ServiceConfig::no_new_privs>},
    {.path = "service.environment",
     .type = environment,
     .fallback = "{}",
     .help = "Variables for the service; they win over its environment files and over what usher was "
             "given.",
     .read = into<&C::service, &ServiceConfig::environment>},
    {.path = "service.environment_files",
     .type = paths,
     .fallback = "[]",
     .help = "Files of KEY=VALUE lines, read before each start; later files win.",
     .read = into<&C::service, &ServiceConfig::environment_files>},
    {.path = "service.limits",
     .type = limits,
     .fallback = "{}",
     .help = "Resource limits by their setrlimit(2) names in lower case: a number, \"unlimited\", "
             "\"SOFT:HARD\", or a size such as \"512MiB\" where the unit is the byte.",
     .read = into<&C::service, &ServiceConfig::limits>},

    {.path = "readiness.probe",
     .type = probes,
     .fallback = "[]",
     .help = "What the service prints when it is ready: one condition, or a list that must all hold.",
     .read = into<&C::readiness, &ReadinessConfig::probes>,
     .element = probe_keys},
    {.path = "readiness.require_signal_handlers",
     .type = signals,
     .fallback = "[]",
     .help = "Ready only once the service catches these signals.",
     .read = into<&C::readiness, &ReadinessConfig::require_signal_handlers>},
    {.path = "readiness.timeout",
     .type = duration,
     .fallback = R"("300s")",
     .help = "How long each start of the service may take to become ready; 0 is no limit.",
     .read = into<&C::readiness, &ReadinessConfig::timeout>},
    {.path = "readiness.interval",
     .type = duration,
     .fallback = R"("2s")",
     .help = "The longest pause between two looks at a condition that has to be polled.",
     .read = into<&C::readiness, &ReadinessConfig::interval>,
     .least = 10,
     .alias = "READY_CHECK_INTERVAL"},

    {.path = "startup.retries",
     .type = integer,
     .fallback = "3",
     .help = "Start attempts in all before usher gives up, where readiness is configured.",
     .read = into<&C::startup, &StartupConfig::retries>,
     .least = 1,
     .most = kAttempts,
     .alias = "MAX_STARTUP_RETRIES"},
    {.path = "startup.backoff.initial",
     .type = duration,
     .fallback = R"("1s")",
     .help = "The pause after the first failed attempt.",
     .read = into<&C::startup, &StartupConfig::backoff, &BackoffConfig::initial>},
    {.path = "startup.backoff.factor",
     .type = number,
     .fallback = "2.0",
     .help = "Each further pause is this many times the last.",
     .read = into<&C::startup, &StartupConfig::backoff, &BackoffConfig::factor>,
     .least = 1,
     .most = 100},
    {.path = "startup.backoff.max",
     .type = duration,
     .fallback = R"("30s")",
     .help = "No pause is longer.",
     .read = into<&C::startup, &StartupConfig::backoff, &BackoffConfig::max>},
    {.path = "startup.backoff.jitter",
     .type = number,
     .fallback = "0.2",
     .help = "The share of a pause by which it is made longer or shorter at random.",
     .read = into<&C::startup, &StartupConfig::backoff, &BackoffConfig::jitter>,
     .least = 0,
     .most = 1},

    {.path = "shutdown.timeout",
     .type = duration,
     .fallback = R"("30s")",
     .help = "The limit of a stop, after which everything left is killed; 0 kills at once. Keep it "
             "below the engine's own grace period (Docker's is 10 s unless set).",
     .read = into<&C::shutdown, &ShutdownConfig::timeout>,
     .alias = "SHUTDOWN_TIMEOUT"},
    {.path = "shutdown.signals",
     .type = signals,
     .fallback = R"(["SIGTERM", "SIGINT"])",
     .help = "Signals that ask usher for a stop; the others are only passed on. An image whose "
             "STOPSIGNAL is SIGQUIT (nginx, php-fpm) adds SIGQUIT; it is not a default, since a JVM "
             "prints its threads on SIGQUIT.",
     .read = into<&C::shutdown, &ShutdownConfig::signals>},
    {.path = "shutdown.sequence",
     .type = steps,
     .fallback = "[]",
     .help = "What a stop sends: signals with the pauses between them, such as [\"SIGTERM\", \"5s\", "
             "\"SIGINT\"]. By default the signal received. SIGKILL follows at the timeout always.",
     .read = into<&C::shutdown, &ShutdownConfig::sequence>},
    {.path = "shutdown.rewrite",
     .type = rewrite,
     .fallback = "{}",
     .help = "Signals that reach the service as another one; \"\" drops the signal.",
     .read = into<&C::shutdown, &ShutdownConfig::rewrite>},
    {.path = "shutdown.scope",
     .type = choice,
     .fallback = R"("process")",
     .help = "Who gets the stop signal first: the service's process, or its process group.",
     .read = into<&C::shutdown, &ShutdownConfig::scope>,
     .choices = one_of(kScopes)},
    {.path = "shutdown.delay",
     .type = duration,
     .fallback = R"("0s")",
     .help = "How long to be unhealthy before the first signal, so that traffic can go elsewhere. A "
             "second signal skips it.",
     .read = into<&C::shutdown, &ShutdownConfig::delay>},
    {.path = "shutdown.stragglers",
     .type = choice,
     .fallback = R"("terminate")",
     .help = "What happens to processes left when the service has gone: the stop signal and the rest "
             "of the limit, or SIGKILL.",
     .read = into<&C::shutdown, &ShutdownConfig::stragglers>,
     .choices = one_of(kStragglers)},
    {.path = "shutdown.cleanup.files",
     .type = paths,
     .fallback = "[]",
     .help = "Files to remove after the stop, such as sockets and pid files.",
     .read = into<&C::shutdown, &ShutdownConfig::cleanup_files>},

    {.path = "hooks.pre_start",
     .type = hooks,
     .fallback = "[]",
     .help = "Commands to run before the service; if one fails, usher ends with 98.",
     .read = into<&C::hooks, &HooksConfig::pre_start>,
     .element = hook_keys},
    {.path = "hooks.post_ready",
     .type = hooks,
     .fallback = "[]",
     .help = "Commands to run once the service is ready.",
     .read = into<&C::hooks, &HooksConfig::post_ready>,
     .element = hook_keys},
    {.path = "hooks.pre_stop",
     .type = hooks,
     .fallback = "[]",
     .help = "Commands to run before the first signal of a stop.",
     .read = into<&C::hooks, &HooksConfig::pre_stop>,
     .element = hook_keys},
    {.path = "hooks.post_stop",
     .type = hooks,
     .fallback = "[]",
     .help = "Commands to run when the service has gone.",
     .read = into<&C::hooks, &HooksConfig::post_stop>,
     .element = hook_keys},
    {.path = "hooks.timeout",
     .type = duration,
     .fallback = R"("30s")",
     .help = "The limit of each hook that has none of its own.",
     .read = into<&C::hooks, &HooksConfig::timeout>,
     .least = 1},

    {.path = "lifecycle.timeout",
     .type = duration,
     .fallback = R"("0s")",
     .help = "The limit of the whole life, after which usher stops the service and ends with 96; 0 is "
             "no limit.",
     .read = into<&C::lifecycle, &LifecycleConfig::timeout>,
     .alias = "LIFECYCLE_TIMEOUT"},

    {.path = "restart.policy",
     .type = choice,
     .fallback = R"("never")",
     .help = "Whether to start the service again when it ends after it was ready.",
     .read = into<&C::restart, &RestartConfig::policy>,
     .choices = one_of(kPolicies)},
    {.path = "restart.max",
     .type = integer,
     .fallback = "5",
     .help = "Restarts in a row before usher gives up.",
     .read = into<&C::restart, &RestartConfig::max>,
     .least = 1,
     .most = kRestarts},
    {.path = "restart.stable_after",
     .type = duration,
     .fallback = R"("10s")",
     .help = "Once the service has stayed up this long after ready, the count begins anew.",
     .read = into<&C::restart, &RestartConfig::stable_after>},

    {.path = "exit.remap",
     .type = remap,
     .fallback = "{}",
     .help = "Exit codes of the service and what usher makes of them, such as { \"143\" = 0 }.",
     .read = into<&C::exit, &ExitConfig::remap>},
    {.path = "exit.on_stop",
     .type = choice,
     .fallback = R"("passthrough")",
     .help = "The exit code after a stop that was asked for: the service's own, 0 if it was ready and "
             "went in time, or 0 if its result was seen before.",
     .read = into<&C::exit, &ExitConfig::on_stop>,
     .choices = one_of(kOnStop)},
    {.path = "exit.result",
     .type = pattern,
     .fallback = R"("")",
     .help = "A regular expression for the line on stdout that means a job has done its work.",
     .read = into<&C::exit, &ExitConfig::result>},

    {.path = "report.file",
     .type = path,
     .fallback = R"("")",
     .help = "Where to write the report of the whole run, as JSON; by default nowhere.",
     .read = into<&C::report, &ReportConfig::file>},
    {.path = "report.termination_file",
     .type = path,
     .fallback = R"("")",
     .help = "Where Kubernetes reads its termination message; by default /dev/termination-log if it "
             "exists.",
     .read = into<&C::report, &ReportConfig::termination_file>},

    {.path = "log.level",
     .type = choice,
     .fallback = R"("info")",
     .help = "How much usher says about itself. DEBUG=1 in the environment means debug.",
     .read = into<&C::log, &LogConfig::level>,
     .choices = one_of(kLevels),
     .alias = "DEBUG"},
    {.path = "log.format",
     .type = choice,
     .fallback = R"("automatic")",
     .help = "One JSON object a line, or text; automatic is text on a terminal and JSON elsewhere.",
     .read = into<&C::log, &LogConfig::format>,
     .choices = one_of(kFormats)},
    {.path = "log.file",
     .type = log_target,
     .fallback = R"("")",
     .help = "Where usher's own log goes: a path, or the number of an open descriptor; by default "
             "stderr.",
     .read = into<&C::log, &LogConfig::file>},
    {.path = "log.prefix",
     .type = text,
     .fallback = R"("")",
     .help = "Put before each line, so that readers who expect JSON of the service pass over it.",
     .read = into<&C::log, &LogConfig::prefix>},
    {.path = "log.fields",
     .type = fields,
     .fallback = "{}",
     .help = "Fields to add to every line of the log, such as { test_id = \"${TEST_ID:-none}\" }.",
     .read = into<&C::log, &LogConfig::fields>},
};

constexpr Table kTables[] = {
    {"service", "What is run, and as whom."},
    {"readiness", "When the service counts as ready. Without it: as soon as it runs."},
    {"startup", "What happens when the service does not become ready."},
    {"startup.backoff", "The pauses between start attempts."},
    {"shutdown", "How the service is stopped."},
    {"shutdown.cleanup", "What is removed after the stop."},
    {"hooks", "Commands around the life of the service. Their output goes to stderr."},
    {"lifecycle", "The limit of the whole life."},
    {"restart", "What happens when the service ends after it was ready."},
    {"exit", "What usher's exit code says."},
    {"report", "The report of the whole run."},
    {"log", "What usher says about itself."},
};

}  // namespace

Row<Table> tables() { return {kTables, std::size(kTables)}; }
Keys keys() { return {kKeys, std::size(kKeys)}; }

const Key* find_key(std::string_view path) {
  for (const Key& key : kKeys)
    if (key.path == path) return &key;
  return nullptr;
}

const Key* find_map_key(std::string_view path) {
  for (const Key& key : kKeys)
    if (is_map(key.type) && path.size() > key.path.size() + 1 && path[key.path.size()] == '.' &&
        path.starts_with(key.path))
      return &key;
  return nullptr;
}

bool is_map(KeyType type) {
  return type == fields || type == environment || type == limits || type == rewrite || type == remap;
}

bool is_list(KeyType type) { return type == paths || type == signals || type == steps; }

bool settable_by_environment(const Key& key) {
  return !is_map(key.type) && key.type != argv && key.type != probes && key.type != hooks;
}

std::string variable_name(const Key& key) {
  std::string out = "USHER_" + to_upper(key.path);
  for (char& c : out)
    if (c == '.') c = '_';
  return out;
}

bool is_variable_of(const Key& key, std::string_view variable) {
  constexpr std::string_view kPrefix = "USHER_";
  if (variable.size() != kPrefix.size() + key.path.size() || !variable.starts_with(kPrefix))
    return false;
  for (std::size_t i = 0; i < key.path.size(); ++i) {
    const char c = key.path[i];
    const bool lower = c >= 'a' && c <= 'z';
    const char wanted = c == '.' ? '_' : lower ? static_cast<char>(c - 'a' + 'A') : c;
    if (variable[kPrefix.size() + i] != wanted) return false;
  }
  return true;
}

}  // namespace usher
