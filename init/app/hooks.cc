#include "init/app/hooks.h"

#include <utility>

namespace usher {
namespace {

struct Point {
  std::string_view name;
  const std::vector<HookCommand>& hooks;
};

Point point_of(const HooksConfig& config, HookPoint point) {
  switch (point) {
    case HookPoint::pre_start: return {"pre_start", config.pre_start};
    case HookPoint::post_ready: return {"post_ready", config.post_ready};
    case HookPoint::pre_stop: return {"pre_stop", config.pre_stop};
    case HookPoint::post_stop: break;
  }
  return {"post_stop", config.post_stop};
}

constexpr std::string_view kShare = "its share of what was left of shutdown.timeout";

}  // namespace

void Hooks::limit_post_stop(Millis left) {
  awaited_.limit_row(share_of_post_stop(left, context_.config.shutdown.last_words), kShare);
}

void Hooks::run(HookPoint at, const Verdict& verdict, std::optional<Millis> left,
                std::function<void(Event)> done) {
  const Point point = point_of(context_.config.hooks, at);
  if (point.hooks.empty()) return done(Event::hooks_over);
  SpawnRequest base;
  // Where the configuration is wrong, the start of the service says so, with the code for it.
  if (setup_.prepare(base, AbsentFiles::passed_over))
    return done(at == HookPoint::pre_start ? Event::hooks_over : Event::hooks_failed);
  if (at == HookPoint::post_stop) {
    base.environment.push_back("USHER_EXIT_CODE=" + std::to_string(verdict.code));
    base.environment.push_back("USHER_REASON=" + std::string(to_string(verdict.reason)));
  }
  awaited_.forget();
  if (left && at == HookPoint::pre_stop && *left > Millis{0})
    awaited_.limit_row(share_of_pre_stop(point.hooks, *left), kShare);
  if (left && at == HookPoint::post_stop) limit_post_stop(*left);
  awaited_.start(point.name, point.hooks, std::move(base), [done = std::move(done)](bool ok) {
    done(ok ? Event::hooks_over : Event::hooks_failed);
  });
}

void Hooks::run_post_ready(const std::string& ready_value) {
  const Point point = point_of(context_.config.hooks, HookPoint::post_ready);
  if (point.hooks.empty()) return;
  SpawnRequest base;
  if (setup_.prepare(base, AbsentFiles::passed_over)) return;
  base.environment.push_back("USHER_READY_VALUE=" + ready_value);
  beside_.start(point.name, point.hooks, std::move(base), [](bool) {});
}

}  // namespace usher
