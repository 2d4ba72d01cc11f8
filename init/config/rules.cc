#include "init/config/rules.h"

#include "init/base/duration.h"

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

}  // namespace

void check_rules(const Config& config, Value& settings, Problems& problems) {
  Rules rules(settings, problems);
  const BackoffConfig& backoff = config.startup.backoff;
  if (backoff.max < backoff.initial)
    rules.conflict("startup.backoff.max", "startup.backoff.initial",
                   "startup.backoff.max (" + format_duration(backoff.max) +
                       ") is below startup.backoff.initial (" + format_duration(backoff.initial) + ')');
  check_sequence(config.shutdown, rules);
  if (config.exit.on_stop == OnStop::zero_if_result && config.exit.result.empty())
    rules.conflict("exit.on_stop", "exit.result",
                   "\"zero_if_result\" needs exit.result, the pattern of the result");
}

}  // namespace usher
