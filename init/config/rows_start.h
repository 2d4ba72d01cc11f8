// Rows of the table of keys, for keys.cc alone: what is run, and when it counts as ready and well.
#pragma once

#include "init/config/decode.h"
#include "init/config/keys.h"

namespace usher::rows {

using C = Config;
using enum KeyType;

inline constexpr std::string_view kServiceTypes[] = {"service", "job"};
inline constexpr std::string_view kPublishCommands[] = {"set", "rpush", "lpush"};

inline constexpr std::string_view kNotifyAccess[] = {"main", "all"};

inline constexpr double kAttempts = 1000;

// A help text ends up in a table of the reference and in the pop-up of an editor: a sentence or
// two.
inline constexpr Key kStart[] = {
    {.path = "service.name",
     .type = name,
     .help =
         "The service in logs, metrics and reports: 1 to 64 letters, digits, '.', '_' or '-'. By "
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
     .help =
         "What to run: the program and its arguments, without a shell. A command on usher's own "
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
     .help =
         "Forbid the service to gain privileges through set-uid programs. By default it is forbidden where "
         "service.user is another than root, unless its program has such privileges itself or sudo or the "
         "like is in its PATH.",
     .read = into<&C::service, &ServiceConfig::no_new_privs>},
    {.path = "service.capabilities",
     .type = capabilities,
     .help =
         "The only capabilities that the service keeps and can have, such as [\"NET_BIND_SERVICE\"], also "
         "where service.user is not root; by default root has those of the container, others none.",
     .read = into<&C::service, &ServiceConfig::capabilities>},
    {.path = "service.environment",
     .type = environment,
     .fallback = "{}",
     .help =
         "Variables for the service; they win over its environment files and over what usher was "
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
    {.path = "service.notify_access",
     .type = choice,
     .fallback = R"("main")",
     .help = "Whose notifications are believed: those of the main process, or also of all that it has started.",
     .read = into<&C::service, &ServiceConfig::notify_access>,
     .choices = one_of(kNotifyAccess)},
    {.path = "service.pid_file",
     .type = path,
     .fallback = R"("")",
     .help = "For a service that goes into the background: the file in which it writes the process that goes on, "
             "which from then on is the service. It is not ready before; readiness.timeout is the limit.",
     .read = into<&C::readiness, &ReadinessConfig::pid_file>},
    {.path = "service.secrets",
     .type = texts,
     .fallback = "[]",
     .help = "Variables that hold secrets although their names do not say so: their values are printed "
             "nowhere.",
     .read = into<&C::service, &ServiceConfig::secrets>},

    {.path = "dependency",
     .type = dependencies,
     .fallback = "[]",
     .help = "A file that extends another adds to these; one of the same name is changed.",
     .read = into<&C::dependencies>,
     .element = dependency_keys},

    {.path = "readiness.probe",
     .type = probes,
     .fallback = "[]",
     .help =
         "What has to hold before the service is ready: one probe, or a list that must all pass.",
     .read = into<&C::readiness, &ReadinessConfig::probes>},
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
     .help = "The longest pause between two runs of a probe that has to be repeated.",
     .read = into<&C::readiness, &ReadinessConfig::interval>,
     .least = 10,
     .alias = "READY_CHECK_INTERVAL"},

    {.path = "readiness.publish.redis.url",
     .type = redis_url,
     .fallback = R"("")",
     .help = "The server to write to; without it nothing is published.",
     .read = into<&C::readiness, &ReadinessConfig::publish, &PublishConfig::url>},
    {.path = "readiness.publish.redis.user",
     .type = text,
     .fallback = R"("")",
     .help = "As whom to log in, taken as it is; by default the user of the URL.",
     .read = into<&C::readiness, &ReadinessConfig::publish, &PublishConfig::user>},
    {.path = "readiness.publish.redis.password",
     .type = text,
     .fallback = R"("")",
     .help = "The password, taken as it is: no character in it means anything. By default the one of the "
             "URL.",
     .read = into<&C::readiness, &ReadinessConfig::publish, &PublishConfig::password>},
    {.path = "readiness.publish.redis.tls",
     .type = tls,
     .fallback = "{}",
     .help = "What TLS is spoken with there; what is not said is as [tls] has it.",
     .read = into<&C::readiness, &ReadinessConfig::publish, &PublishConfig::tls>},
    {.path = "readiness.publish.redis.key",
     .type = text,
     .fallback = R"("")",
     .help = "The key to write, such as \"${TEST_KEY}_listener_multiaddr\".",
     .read = into<&C::readiness, &ReadinessConfig::publish, &PublishConfig::key>},
    {.path = "readiness.publish.redis.command",
     .type = choice,
     .fallback = R"("set")",
     .help = "How to write it. With a list each instance that is up has one element of its own; with set the "
             "last that became ready is seen.",
     .read = into<&C::readiness, &ReadinessConfig::publish, &PublishConfig::command>,
     .choices = one_of(kPublishCommands)},
    {.path = "readiness.publish.redis.ttl",
     .type = duration,
     .fallback = R"("0s")",
     .help =
         "How long the key outlives usher: it is renewed while the service is up. 0 is for ever.",
     .read = into<&C::readiness, &ReadinessConfig::publish, &PublishConfig::ttl>},
    {.path = "readiness.publish.redis.value",
     .type = text,
     .fallback = R"("")",
     .help = "What to write; by default what the readiness probe found in the output.",
     .read = into<&C::readiness, &ReadinessConfig::publish, &PublishConfig::value>},
    {.path = "readiness.publish.redis.replace_address",
     .type = boolean,
     .fallback = "false",
     .help = "Write the container's address where the value has 0.0.0.0, :: or a loopback address.",
     .read = into<&C::readiness, &ReadinessConfig::publish, &PublishConfig::replace_address>},
    {.path = "readiness.publish.redis.remove_on_stop",
     .type = boolean,
     .fallback = "false",
     .help = "Take away what this instance has written when the service stops; what others have written "
             "stays, and where another instance is up its value takes the place.",
     .read = into<&C::readiness, &ReadinessConfig::publish, &PublishConfig::remove_on_stop>},
    {.path = "readiness.publish.redis.clear_at_start",
     .type = boolean,
     .fallback = "false",
     .help = "Delete the whole key when usher starts, whoever has written it: for a test run that uses a "
             "server again, and never for several instances of one service.",
     .read = into<&C::readiness, &ReadinessConfig::publish, &PublishConfig::clear_at_start>},

    {.path = "health",
     .type = checks,
     .fallback = "[]",
     .help = "A file that extends another adds to these; one of the same name is changed.",
     .read = into<&C::health>,
     .element = health_keys},

    {.path = "startup.retries",
     .type = integer,
     .fallback = "3",
     .help = "Start attempts in all before usher gives up, where readiness is configured.",
     .read = into<&C::startup, &StartupConfig::retries>,
     .least = 1,
     .most = kAttempts,
     .alias = "MAX_STARTUP_RETRIES"},
    {.path = "startup.final_exit_codes",
     .type = exit_codes,
     .fallback = "[2, 78]",
     .help = "With these the service says that another attempt would not help: it refuses its own "
             "configuration. They end usher before it is ready, whatever startup.retries says.",
     .read = into<&C::startup, &StartupConfig::final_exit_codes>},
    {.path = "startup.progress",
     .type = duration,
     .fallback = R"("30s")",
     .help = "How often a line says what is missing while the service is waited for; 0 is never.",
     .read = into<&C::startup, &StartupConfig::progress>},
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
};

}  // namespace usher::rows
