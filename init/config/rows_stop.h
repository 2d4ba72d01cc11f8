// Rows of the table of keys, for keys.cc alone: how it ends.
#pragma once

#include "init/config/decode.h"
#include "init/config/keys.h"

namespace usher::rows {

using C = Config;
using enum KeyType;

inline constexpr std::string_view kScopes[] = {"process", "group"};
inline constexpr std::string_view kStragglers[] = {"terminate", "kill"};
inline constexpr std::string_view kPolicies[] = {"never", "on-failure", "always"};
inline constexpr std::string_view kStdin[] = {"ignore", "stop"};
inline constexpr std::string_view kOnStop[] = {"passthrough", "zero_if_ready", "zero_if_result"};

inline constexpr double kRestarts = 1'000'000;

inline constexpr Key kStop[] = {
    {.path = "shutdown.timeout",
     .type = duration,
     .fallback = R"("8s")",
     .help = "The limit of a stop, after which everything left is killed; 0 kills at once. Keep it "
             "below the engine's own grace period. The default is below Docker's of 10 s; it is "
             "25s where KUBERNETES_SERVICE_HOST is set, and 30s where shutdown.delay, shutdown.sequence and the "
             "limits of hooks would take all of it.",
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
    {.path = "shutdown.last_words",
     .type = duration,
     .fallback = R"("2s")",
     .help = "How long the exit waits at most for others when all is over and the report is written: for the "
             "alerts, the push of metrics.push, the last spans of a trace and what is taken away from Redis, "
             "all at the same time. A request to stop ends the wait; the engine's grace period should have "
             "room for it. 0 does none of it.",
     .read = into<&C::shutdown, &ShutdownConfig::last_words>},
    {.path = "shutdown.cleanup.files",
     .type = paths,
     .fallback = "[]",
     .help = "Files to remove after the stop, such as sockets and pid files.",
     .read = into<&C::shutdown, &ShutdownConfig::cleanup_files>},
    {.path = "shutdown.cleanup.redis_keys",
     .type = texts,
     .fallback = "[]",
     .help = "Keys to delete after the stop, at the server of coordination.redis.",
     .read = into<&C::shutdown, &ShutdownConfig::cleanup_keys>},

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
     .help = "Commands to run before the first signal of a stop. Together they have half of what is left of "
             "shutdown.timeout, or what hooks.timeout or limits of their own give them.",
     .read = into<&C::hooks, &HooksConfig::pre_stop>,
     .element = hook_keys},
    {.path = "hooks.post_stop",
     .type = hooks,
     .fallback = "[]",
     .help = "Commands to run when the service has gone. In a stop they have what it has left of "
             "shutdown.timeout, and half of shutdown.last_words.",
     .read = into<&C::hooks, &HooksConfig::post_stop>,
     .element = hook_keys},
    {.path = "hooks.timeout",
     .type = duration,
     .fallback = R"("30s")",
     .help = "The limit of each hook that has none of its own. Those of a stop share that stop's limit.",
     .read = into<&C::hooks, &HooksConfig::timeout>,
     .least = 1},

    {.path = "lifecycle.timeout",
     .type = duration,
     .fallback = R"("0s")",
     .help = "The limit of the whole life, after which usher stops the service and ends with 96; 0 is "
             "no limit.",
     .read = into<&C::lifecycle, &LifecycleConfig::timeout>,
     .alias = "LIFECYCLE_TIMEOUT"},
    {.path = "lifecycle.stdin",
     .type = choice,
     .fallback = R"("ignore")",
     .help = "What it means when the last writer of stdin has gone, where that is a pipe or a socket: "
             "nothing, or the ordinary stop.",
     .read = into<&C::lifecycle, &LifecycleConfig::stdin_end>,
     .choices = one_of(kStdin)},

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
};

}  // namespace usher::rows
