// Rows of the table of keys, for keys.cc alone: what others learn of it.
#pragma once

#include "init/config/decode.h"
#include "init/config/keys.h"

namespace usher::rows {

using C = Config;
using enum KeyType;

inline constexpr std::string_view kLevels[] = {"off", "error", "warn", "info", "debug"};
inline constexpr std::string_view kFormats[] = {"automatic", "json", "text"};

inline constexpr Key kObserve[] = {
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

    {.path = "control.enabled",
     .type = boolean,
     .fallback = "true",
     .help = "Whether to listen for `usher health`, `status`, `stop` and the like.",
     .read = into<&C::control, &ControlConfig::enabled>},
    {.path = "control.socket",
     .type = socket,
     .fallback = R"("")",
     .help = "The path of the socket, or \"@name\" for an abstract one; by default an abstract name of "
             "this PID namespace.",
     .read = into<&C::control, &ControlConfig::socket>},

    {.path = "metrics.listen",
     .type = listen,
     .fallback = R"("")",
     .help = "Where to serve OpenMetrics over HTTP: \"127.0.0.1:9464\", \"[::]:9464\" or "
             "\"unix:/path\"; by default nowhere.",
     .read = into<&C::metrics, &MetricsConfig::listen>},
    {.path = "metrics.push",
     .type = http_url,
     .fallback = R"("")",
     .help = "A Pushgateway that is given the last figures when all is over, such as "
             "\"http://pushgateway:9091\". For jobs that may end before anybody scrapes them.",
     .read = into<&C::metrics, &MetricsConfig::push>},
    {.path = "metrics.push_labels",
     .type = labels,
     .fallback = "{}",
     .help = "The labels of the group that the push replaces, such as { instance = \"a\" }. job is "
             "service.name unless it is among them.",
     .read = into<&C::metrics, &MetricsConfig::push_labels>},
    {.path = "metrics.push_headers",
     .type = headers,
     .fallback = "{}",
     .help = "Headers of the push, such as an Authorization that a proxy asks for.",
     .read = into<&C::metrics, &MetricsConfig::push_headers>},

    {.path = "traces.enabled",
     .type = boolean,
     .fallback = "true",
     .help = "Whether to send a trace where a collector is named, here or by "
             "OTEL_EXPORTER_OTLP_ENDPOINT and the like.",
     .read = into<&C::traces, &TracesConfig::enabled>},
    {.path = "traces.endpoint",
     .type = http_url,
     .fallback = R"("")",
     .help = "A collector that takes OTLP over HTTP, such as \"http://collector:4318\"; it goes before "
             "those that the environment names. /v1/traces is added.",
     .read = into<&C::traces, &TracesConfig::endpoint>},
    {.path = "resources.interval",
     .type = duration,
     .fallback = R"("0s")",
     .help = "How often to look at memory, CPU, processes and descriptors, for the peaks in the report "
             "and for alerts; 0 is only when somebody asks for metrics or the status.",
     .read = into<&C::resources, &ResourcesConfig::interval>},

    {.path = "coordination.redis",
     .type = redis_url,
     .fallback = R"("")",
     .help = "The server that holds the registry of all services; without it there is none.",
     .read = into<&C::coordination, &CoordinationConfig::redis>},
    {.path = "coordination.namespace",
     .type = name,
     .help = "What the services of one system have in common. Needed with coordination.redis.",
     .read = into<&C::coordination, &CoordinationConfig::space>},
    {.path = "coordination.ttl",
     .type = duration,
     .fallback = R"("15s")",
     .help = "How long a service that has vanished is still listed. Entries are refreshed at a third "
             "of it.",
     .read = into<&C::coordination, &CoordinationConfig::ttl>,
     .least = 1000},
};

}  // namespace usher::rows
