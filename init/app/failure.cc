#include "init/app/failure.h"

namespace usher {

// What was seen of one start is not told of the next.
void Failure::moved(const Transition& t, const Facts& facts) {
  if (t.to == State::starting && t.from != t.to) seen_ = {};
  if (t.from == State::starting && (t.on == Event::limit || t.on == Event::gone)) {
    if (const auto view = service_.view()) seen_.missing = view->missing;
    const Attempt* const attempt = service_.attempt();
    if (attempt != nullptr && attempt->readiness().waits_for_line()) seen_.line = service_.last_line();
  }
  if (ends_late_start(t, facts.life)) seen_.missing = missing_for_start(t.from, facts);
}

std::string Failure::detail(const Verdict& verdict, const Life& life) const {
  if (!is_failure(verdict)) return {};
  LastSeen seen = seen_;
  for (const Dependencies::State& one : dependencies_.states())
    seen.dependencies.push_back({one.name, one.target, one.satisfied, one.after, one.reason});
  seen.hook = hooks_.failure();
  return detail_of(verdict, life, config_, seen);
}

}  // namespace usher
