#include "init/config/rules.h"

#include <algorithm>
#include <utility>

#include "init/base/duration.h"
#include "init/config/probe_kind.h"
#include "init/text/redis_url.h"

namespace usher {
namespace {

class Rules {
 public:
  Rules(Value& settings, Problems& problems) : settings_(settings), problems_(problems) {}

  // `one` and `other` contradict each other; told at the first of them that somebody has written.
  void conflict(std::string_view one, std::string_view other, std::string why) {
    if (problems_.about(one) || problems_.about(other)) return;
    for (const std::string_view key : {one, other}) {
      const Value* const value = find_path(settings_, key);
      if (value) return problems_.add(value->place, shown(*value, key), std::move(why));
    }
  }

  // Whether somebody has written it, in a file or elsewhere.
  const Value* written(std::string_view key) const { return find_path(settings_, key); }

  // About one key of one element of an array of tables.
  void element(std::string_view list, std::size_t index, std::string_view key, std::string why) {
    if (problems_.about(list)) return;
    Value* const array = find_path(settings_, list);
    if (!array || index >= array->items.size()) return;
    const Value* const value = array->items[index].find(key);
    if (value)
      problems_.add(value->place,
                    shown(*value, list) + '[' + std::to_string(index) + "]." + std::string(key),
                    std::move(why));
  }

 private:
  static std::string shown(const Value& value, std::string_view key) {
    if (value.place.source != Source::profile) return std::string(key);
    return "profile." + toml_key(value.place.profile) + '.' + std::string(key);
  }

  Value& settings_;
  Problems& problems_;
};

void check_sequence(const ShutdownConfig& shutdown, Rules& rules) {
  Millis waits{0};
  for (const StopStep& step : shutdown.sequence) waits += step.pause;
  if (waits > shutdown.timeout)
    rules.conflict("shutdown.sequence", "shutdown.timeout",
                   "waits " + format_duration(waits) + " in all, longer than shutdown.timeout (" +
                       format_duration(shutdown.timeout) + ')');
}

// The limits that the hooks at one point have been given: each its own, or hooks.timeout. Those without
// have their share of what is left.
Millis limit_of(const std::vector<HookCommand>& hooks) {
  Millis sum{0};
  for (const HookCommand& hook : hooks)
    if (hook.timeout_given) sum += hook.timeout;
  return sum;
}

// Delay, hooks and sequence share the limit of a stop with the service.
void check_stop_parts(const Config& config, Rules& rules) {
  const ShutdownConfig& shutdown = config.shutdown;
  Millis waits{0};
  for (const StopStep& step : shutdown.sequence) waits += step.pause;
  struct Part {
    std::string_view key;
    Millis limit;
  };
  const Part parts[] = {{"shutdown.delay", shutdown.delay},
                        {"hooks.pre_stop", limit_of(config.hooks.pre_stop)},
                        {"shutdown.sequence", waits},
                        {"hooks.post_stop", limit_of(config.hooks.post_stop)}};
  Millis sum{0};
  std::string_view last;
  std::string named;
  for (const Part& part : parts) {
    if (part.limit == Millis{0}) continue;
    sum += part.limit;
    last = part.key;
    named += (named.empty() ? "" : " + ") + std::string(part.key) + ' ' + format_duration(part.limit);
  }
  const bool hooks = last.starts_with("hooks") || named.find("hooks") != std::string::npos;
  if (hooks && sum >= shutdown.timeout)
    rules.conflict(named.find("hooks.pre_stop") != std::string::npos ? "hooks.pre_stop" : "hooks.post_stop",
                   "shutdown.timeout",
                   "may take all of shutdown.timeout (" + format_duration(shutdown.timeout) + "): " + named);
}

// Two limits that somebody has written, of which the second can never pass.
void check_start_limit(const Config& config, Rules& rules) {
  const Value* const ready = rules.written("readiness.timeout");
  const Value* const life = rules.written("lifecycle.timeout");
  const auto in_file = [](const Value* value) {
    return value && (value->place.source == Source::file || value->place.source == Source::profile);
  };
  const Millis limit = config.lifecycle.timeout;
  if (in_file(ready) && in_file(life) && limit > Millis{0} && config.readiness.timeout > limit)
    rules.conflict("readiness.timeout", "lifecycle.timeout",
                   "readiness.timeout (" + format_duration(config.readiness.timeout) +
                       ") is above lifecycle.timeout (" + format_duration(limit) +
                       "), the limit of the whole life, which would pass first");
}

void check_stop(const Config& config, Rules& rules) {
  const ShutdownConfig& shutdown = config.shutdown;
  if (shutdown.delay > Millis{0} && shutdown.delay >= shutdown.timeout)
    rules.conflict("shutdown.delay", "shutdown.timeout",
                   "shutdown.delay (" + format_duration(shutdown.delay) +
                       ") leaves no time of shutdown.timeout (" + format_duration(shutdown.timeout) +
                       ") for the service to stop");
  check_sequence(shutdown, rules);
  if (!shutdown.cleanup_keys.empty() && config.coordination.redis.empty())
    rules.conflict("shutdown.cleanup.redis_keys", "coordination.redis",
                   "needs coordination.redis, the server that holds the keys");
  if (shutdown.last_words == Millis{0} && !config.metrics.push.empty())
    rules.conflict("shutdown.last_words", "metrics.push",
                   "shutdown.last_words of 0 leaves no time for metrics.push");
  if (config.exit.on_stop == OnStop::zero_if_result && config.exit.result.empty())
    rules.conflict("exit.on_stop", "exit.result",
                   "\"zero_if_result\" needs exit.result, the pattern of the result");
}

void check_logins(const Config& config, Rules& rules) {
  const PublishConfig& publish = config.readiness.publish;
  const CoordinationConfig& registry = config.coordination;
  if (auto why = problem_of_login(publish.url, publish.user, publish.password); !why.empty())
    rules.conflict("readiness.publish.redis.password", "readiness.publish.redis.user", std::move(why));
  if (auto why = problem_of_login(registry.redis, registry.user, registry.password); !why.empty())
    rules.conflict("coordination.password", "coordination.user", std::move(why));
}

void check_publish(const ReadinessConfig& readiness, Rules& rules) {
  const PublishConfig& publish = readiness.publish;
  const std::string table = "readiness.publish.redis";
  if (publish.url.empty() != publish.key.empty())
    return rules.conflict(table + ".url", table + ".key", "url and key need each other; give both");
  const bool finds = std::any_of(readiness.probes.begin(), readiness.probes.end(), [](const ProbeConfig& probe) {
    return probe.as<LineProbe>() != nullptr;
  });
  if (!publish.url.empty() && publish.value.empty() && !finds)
    rules.conflict(table + ".url", table + ".key",
                   "there is nothing to publish; give a value, or a readiness.probe that finds one in "
                   "the output");
}

// What is only there once the service is ready, and only where something is published.
void check_published(const Config& config, Rules& rules) {
  const auto asks = [](const ProbeConfig& probe) { return probe.kind() && probe.kind()->asks_publication; };
  if (std::any_of(config.readiness.probes.begin(), config.readiness.probes.end(), asks))
    rules.conflict("readiness.probe", "readiness.probe",
                   "nothing is published before the service is ready, so that cannot make it ready");
  for (std::size_t i = 0; i < config.health.size(); ++i)
    if (asks(config.health[i].probe) && config.readiness.publish.url.empty())
      rules.element("health", i, "probe", "needs readiness.publish.redis.url; nothing is published");
}

// Silence means something of a service that is there.
void check_silence(const ReadinessConfig& readiness, Rules& rules) {
  for (const ProbeConfig& probe : readiness.probes)
    if (const auto* const line = probe.as<LineProbe>(); line && line->max_silence > Millis{0})
      return rules.conflict("readiness.probe", "readiness.probe", "max_silence is for a health check");
}

void check_ready_value(const Config& config, Rules& rules) {
  const auto may_find = [](const ProbeConfig& probe) {
    return probe.as<LineProbe>() || finds_value(probe) || (probe.kind() && probe.kind()->name == "file");
  };
  if (std::ranges::any_of(config.readiness.probes, may_find)) return;
  for (std::size_t i = 0; i < config.health.size(); ++i)
    if (!config.health[i].probe.late().empty())
      rules.element("health", i, "probe",
                    "asks for ${ready.value}, but no readiness.probe finds a value; one that does reads lines, a "
                    "key of Redis or a file");
}

void check_dependencies(const Config& config, Rules& rules) {
  for (std::size_t i = 0; i < config.dependencies.size(); ++i) {
    const DependencyConfig& dependency = config.dependencies[i];
    if (dependency.export_as.empty()) continue;
    if (!finds_value(dependency.probe))
      rules.element("dependency", i, "export", "only a probe of type \"redis\" with a key has a value to export");
    for (std::size_t j = 0; j < i; ++j)
      if (config.dependencies[j].export_as == dependency.export_as)
        rules.element("dependency", i, "export", dependency.export_as + " is exported twice");
  }
}

// Each look costs some opened files for each process.
void check_resources(const Config& config, Rules& rules) {
  constexpr Millis kShortest{100};
  const Millis interval = config.resources.interval;
  if (interval > Millis{0} && interval < kShortest)
    rules.conflict("resources.interval", "resources.interval",
                   "expected 0 or a duration of at least " + format_duration(kShortest) + ", got " +
                       format_duration(interval));
  const AlertsConfig& alerts = config.alerts;
  for (const auto& [key, share] : {std::pair("alerts.memory", alerts.memory),
                                   std::pair("alerts.cpu", alerts.cpu),
                                   std::pair("alerts.descriptors", alerts.descriptors)})
    if (share > 0 && interval == Millis{0})
      rules.conflict(key, "resources.interval",
                     "needs resources.interval, how often to look at what is used");
}

}  // namespace

void check_rules(const Config& config, Value& settings, Problems& problems) {
  Rules rules(settings, problems);
  const BackoffConfig& backoff = config.startup.backoff;
  if (backoff.max < backoff.initial)
    rules.conflict("startup.backoff.max", "startup.backoff.initial",
                   "startup.backoff.max (" + format_duration(backoff.max) +
                       ") is below startup.backoff.initial (" + format_duration(backoff.initial) + ')');
  check_resources(config, rules);
  check_stop(config, rules);
  check_stop_parts(config, rules);
  check_start_limit(config, rules);
  check_logins(config, rules);
  check_publish(config.readiness, rules);
  check_published(config, rules);
  check_silence(config.readiness, rules);
  check_ready_value(config, rules);
  check_dependencies(config, rules);
  if (!config.coordination.redis.empty() && config.coordination.space.empty())
    rules.conflict("coordination.namespace", "coordination.redis",
                   "coordination.redis needs coordination.namespace, which all services of one system share");
}

}  // namespace usher
