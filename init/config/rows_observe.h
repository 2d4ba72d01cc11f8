// Rows of the table of keys, for keys.cc alone: what others learn of it.
#pragma once

#include "init/config/decode.h"
#include "init/config/keys.h"
#include "init/config/tls_rows.h"

namespace usher::rows {

using C = Config;
using enum KeyType;

inline constexpr std::string_view kLevels[] = {"off", "error", "warn", "info", "debug"};
inline constexpr std::string_view kOnOom[] = {"alert", "restart", "exit"};
inline constexpr std::string_view kOwnMessage[] = {"append", "keep", "replace"};
inline constexpr std::string_view kFormats[] = {"automatic", "json", "text"};

template <auto Member>
constexpr auto kIntoTls = into<&C::tls, Member>;

// What [tls] says is for those who say nothing: to verify is what they do by themselves.
inline void read_verify(Site& site, Value& value, void* record) {
  bool verify = true;
  read(site, value, verify);
  static_cast<C*>(record)->tls.verify = verify ? std::nullopt : std::optional(false);
}

inline constexpr auto kTls =
    tls_rows_of(kTlsPaths, {kIntoTls<&TlsSettings::ca_file>, kIntoTls<&TlsSettings::certificate>,
                            kIntoTls<&TlsSettings::key>, kIntoTls<&TlsSettings::server_name>,
                            read_verify});

inline constexpr std::string_view kTlsHelp = "What TLS is spoken with there; what is not said is as [tls] has it.";

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
    {.path = "report.termination_message",
     .type = choice,
     .fallback = R"("append")",
     .help = "What happens to a termination message that the service has written itself: the report goes "
             "behind it where both fit into 4 KiB, it is left alone, or the report takes its place.",
     .read = into<&C::report, &ReportConfig::own_message>,
     .choices = one_of(kOwnMessage)},
    {.path = "report.record",
     .type = boolean,
     .fallback = "true",
     .help = "Whether the termination message is kept current while the service lives, so that there is one where "
             "all of the container is killed at once. Not where it holds something of others.",
     .read = into<&C::report, &ReportConfig::record>},

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
    {.path = "log.health",
     .type = duration,
     .fallback = R"("0s")",
     .help = "How often a line says how the service is while it is up; 0 is never.",
     .read = into<&C::log, &LogConfig::health>},

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
    {.path = "metrics.push_tls",
     .type = tls,
     .fallback = "{}",
     .help = kTlsHelp,
     .read = into<&C::metrics, &MetricsConfig::push_tls>},

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
    {.path = "traces.shared",
     .type = boolean,
     .fallback = "true",
     .help = "Whether all instances of coordination.namespace are one trace: that of a TRACEPARENT, or of the "
             "first to come. Without coordination.redis each is its own.",
     .read = into<&C::traces, &TracesConfig::shared>},
    {.path = "traces.tls",
     .type = tls,
     .fallback = "{}",
     .help = kTlsHelp,
     .read = into<&C::traces, &TracesConfig::tls>},

    {.path = "resources.interval",
     .type = duration,
     .fallback = R"("0s")",
     .help = "How often to look at memory, CPU, processes and descriptors, for the peaks in the report, "
             "for alerts, and for kills for want of memory where the kernel does not tell of them (cgroup v1, read-only); "
             "0 is only when somebody asks for metrics or the status.",
     .read = into<&C::resources, &ResourcesConfig::interval>},
    {.path = "resources.on_oom",
     .type = choice,
     .fallback = R"("alert")",
     .help = "What follows when the kernel has killed a process of the container for want of memory and the "
             "service goes on: an alert, and beside it a restart within the bounds of [restart], or a stop that "
             "ends with 95.",
     .read = into<&C::resources, &ResourcesConfig::on_oom>,
     .choices = one_of(kOnOom)},

    {.path = "alerts.memory",
     .type = number,
     .fallback = "0",
     .help = "The share of the container's memory limit, such as 0.9, from which on there is an alert; "
             "0 is none. Needs resources.interval.",
     .read = into<&C::alerts, &AlertsConfig::memory>,
     .most = 1},
    {.path = "alerts.cpu",
     .type = number,
     .fallback = "0",
     .help = "The share of the container's CPU limit, such as 0.9, from which on there is an alert; 0 is none. "
             "Needs resources.interval.",
     .read = into<&C::alerts, &AlertsConfig::cpu>,
     .most = 1},
    {.path = "alerts.descriptors",
     .type = number,
     .fallback = "0",
     .help = "The share of the descriptors that the service's main process may have open, such as 0.9, from "
             "which on there is an alert; 0 is none. Needs resources.interval.",
     .read = into<&C::alerts, &AlertsConfig::descriptors>,
     .most = 1},
    {.path = "alerts.sustained",
     .type = duration,
     .fallback = R"("1m")",
     .help = "For how long, without a break, such a share has to be reached.",
     .read = into<&C::alerts, &AlertsConfig::sustained>},
    {.path = "alerts.coordination",
     .type = duration,
     .fallback = R"("30s")",
     .help = "For how long a server of readiness.publish or coordination has to be away; 0 is no alert.",
     .read = into<&C::alerts, &AlertsConfig::coordination>},
    {.path = "alerts.repeat",
     .type = duration,
     .fallback = R"("1h")",
     .help = "After how long an alert that lasts is told again; 0 is never.",
     .read = into<&C::alerts, &AlertsConfig::repeat>},
    {.path = "alerts.min_interval",
     .type = duration,
     .fallback = R"("1m")",
     .help = "How long an alert that comes and goes is not told again.",
     .read = into<&C::alerts, &AlertsConfig::min_interval>,
     .least = 1000},
    {.path = "alerts.hook",
     .type = hooks,
     .fallback = "[]",
     .help = "Commands to run for each alert and for its end; USHER_ALERT and others say which.",
     .read = into<&C::alerts, &AlertsConfig::hook>,
     .element = hook_keys},
    {.path = "alerts.webhook",
     .type = http_url,
     .fallback = R"("")",
     .help = "Where to POST each alert and its end, as JSON.",
     .read = into<&C::alerts, &AlertsConfig::webhook>},
    {.path = "alerts.webhook_headers",
     .type = headers,
     .fallback = "{}",
     .help = "Headers of these requests, such as an Authorization.",
     .read = into<&C::alerts, &AlertsConfig::webhook_headers>},
    {.path = "alerts.webhook_tls",
     .type = tls,
     .fallback = "{}",
     .help = kTlsHelp,
     .read = into<&C::alerts, &AlertsConfig::webhook_tls>},
    {.path = "alerts.webhook_timeout",
     .type = duration,
     .fallback = R"("5s")",
     .help = "The limit of each of these requests.",
     .read = into<&C::alerts, &AlertsConfig::webhook_timeout>,
     .least = 1},

    kTls[0], kTls[1], kTls[2], kTls[3], kTls[4],

    {.path = "coordination.redis",
     .type = redis_url,
     .fallback = R"("")",
     .help = "The server that holds the registry of all services; without it there is none.",
     .read = into<&C::coordination, &CoordinationConfig::redis>},
    {.path = "coordination.user",
     .type = text,
     .fallback = R"("")",
     .help = "As whom to log in, taken as it is; by default the user of the URL.",
     .read = into<&C::coordination, &CoordinationConfig::user>},
    {.path = "coordination.password",
     .type = text,
     .fallback = R"("")",
     .help = "The password, taken as it is: no character in it means anything. By default the one of the "
             "URL.",
     .read = into<&C::coordination, &CoordinationConfig::password>},
    {.path = "coordination.tls",
     .type = tls,
     .fallback = "{}",
     .help = kTlsHelp,
     .read = into<&C::coordination, &CoordinationConfig::tls>},
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
    {.path = "coordination.expects",
     .type = texts,
     .fallback = "[]",
     .help = "Services, by service.name, without which `usher health system` is unhealthy; a job that has "
             "ended well is there until its ttl has passed.",
     .read = into<&C::coordination, &CoordinationConfig::expects>},
};

}  // namespace usher::rows
