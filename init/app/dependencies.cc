#include "init/app/dependencies.h"

#include <algorithm>

#include "init/base/duration.h"
#include "init/os/clock.h"

namespace usher {

Dependencies::Dependencies(Loop& loop, Log& log, const std::vector<DependencyConfig>& config,
                           const MakeProbe& make, std::function<void(Outcome)> done,
                           std::function<void()> changed)
    : log_(log), done_(std::move(done)), changed_(std::move(changed)), progress_(loop), begun_(monotonic_now()) {
  for (const DependencyConfig& each : config) {
    auto made = std::make_unique<Awaited>(loop, each);
    Awaited& awaited = *made;
    awaited.poller = std::make_unique<Poller>(loop, make(each.probe), each.attempt, each.interval,
                                              [this, &awaited] { answered(awaited); },
                                              !each.export_as.empty());
    if (each.timeout > Millis{0})
      awaited.limit.start(each.timeout, [this, &awaited] { too_late(awaited); });
    awaited_.push_back(std::move(made));
  }
  for (const auto& awaited : awaited_) awaited->poller->start();
  progress_.start(kProgressPause, [this] { tell_progress(); });
}

void Dependencies::answered(Awaited& awaited) {
  changed_();
  const ProbeResult& result = awaited.poller->last();
  using Verdict = ProbeResult::Verdict;
  if (result.verdict == Verdict::misconfigured) {
    log_.error("dependency_failed")
        .add("dependency", awaited.config.name)
        .add("target", awaited.poller->probe().target())
        .add("message", result.reason);
    return finish({false, true});
  }
  if (result.verdict != Verdict::pass) {
    if (awaited.told.empty())
      log_.info("waiting")
          .add("dependency", awaited.config.name)
          .add("target", awaited.poller->probe().target())
          .add("reason", awaited.told = result.reason);
    return;
  }
  awaited.limit.cancel();
  awaited.after = monotonic_now() - begun_;
  log_.info("dependency_ready")
      .add("dependency", awaited.config.name)
      .add("after_ms", awaited.after.count() / 1000);
  const bool all = std::all_of(awaited_.begin(), awaited_.end(),
                               [](const auto& each) { return each->poller->passed(); });
  if (all) finish({true, false});
}

void Dependencies::too_late(Awaited& awaited) {
  log_.error("dependency_failed")
      .add("dependency", awaited.config.name)
      .add("target", awaited.poller->probe().target())
      .add("message", "not there within " + format_duration(awaited.config.timeout) +
                          ", the limit of dependency.timeout")
      .add("last_seen", awaited.poller->last().reason);
  finish({false, false});
}

// What is missing and why, now and then, to whoever watches the log meanwhile.
void Dependencies::tell_progress() {
  for (const auto& awaited : awaited_) {
    const ProbeResult& last = awaited->poller->last();
    if (awaited->poller->passed() || last.reason == awaited->told) continue;
    log_.info("waiting")
        .add("dependency", awaited->config.name)
        .add("reason", awaited->told = last.reason);
  }
  progress_.start(kProgressPause, [this] { tell_progress(); });
}

void Dependencies::finish(Outcome outcome) {
  progress_.cancel();
  if (!done_) return;
  const auto done = std::exchange(done_, nullptr);
  done(outcome);
}

std::vector<std::pair<std::string, std::string>> Dependencies::exports() const {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& awaited : awaited_)
    if (!awaited->config.export_as.empty())
      found.emplace_back(awaited->config.export_as, awaited->poller->last().value);
  return found;
}

std::vector<Dependencies::State> Dependencies::states() const {
  std::vector<State> states;
  for (const auto& awaited : awaited_)
    states.push_back({awaited->config.name, awaited->poller->probe().target(),
                      awaited->poller->passed(), awaited->poller->last().reason,
                      awaited->poller->passed() ? awaited->after : monotonic_now() - begun_});
  return states;
}

}  // namespace usher
