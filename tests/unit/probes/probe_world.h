// A loop, a launcher over real processes, and a service that says what the test wants it to say.
#pragma once

#include <signal.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "init/cli/child_watch.h"
#include "init/loop/loop.h"
#include "init/os/children.h"
#include "init/os/signals.h"
#include "probes/context.h"
#include "probes/make_probe.h"
#include "tests/catch.h"
#include "tests/probe_settings.h"

namespace usher {

struct FakeService final : ServiceView {
  pid_t number = -1;
  std::optional<std::string> line;
  std::string last, status, found;
  bool notified = false;
  std::optional<Millis> watchdog, silence;
  Publication published;

  pid_t pid() const override { return number; }
  std::optional<std::string> line_found(const LineProbe&) const override { return line; }
  std::optional<Millis> silent_for(const LineProbe&) const override { return silence; }
  std::string last_line() const override { return last; }
  bool notified_ready(const NotifyProbe&) const override { return notified; }
  std::string notified_status() const override { return status; }
  std::optional<Millis> since_watchdog() const override { return watchdog; }
  Publication publication() const override { return published; }
  std::string ready_value() const override { return found; }
};

// A resolver is not needed by the probes that are tested with this.
class ProbeWorld {
 public:
  ProbeWorld() { REQUIRE(watch.start() == 0); }
  ~ProbeWorld() { ::sigprocmask(SIG_SETMASK, &inherited.mask, nullptr); }

  // Turns the loop until `done()`; a test that waits for ever is ended by its runner.
  template <typename Done>
  void turn_until(Done done) {
    // The loop calls timers before it waits, and would wait although that was all.
    Timer tick(loop);
    const std::function<void()> keep_turning = [&] { tick.start(Millis{20}, keep_turning); };
    keep_turning();
    while (!done()) uv_run(&loop.uv(), UV_RUN_ONCE);
  }
  // The answer of one run.
  ProbeResult ask(Probe& probe, Millis timeout = Millis{60'000}) {
    std::optional<ProbeResult> answer;
    probe.start(timeout, [&](ProbeResult result) { answer = std::move(result); });
    CHECK_FALSE(answer);
    turn_until([&] { return answer.has_value(); });
    return *answer;
  }
  ProbeResult ask(const ProbeConfig& config, Millis timeout = Millis{60'000}) {
    return ask(*make_probe(config, context), timeout);
  }

  InheritedSignals inherited = take_over_signals();
  Loop loop;
  Children children{[this](SpawnRequest& request) {
    for (char** entry = environ; *entry != nullptr; ++entry)
      request.environment.emplace_back(*entry);
    request.signals = inherited;
    return problem;
  }};
  std::string problem;  // with which the launcher refuses
  ChildWatch watch{loop, children, [](int) {}};
  FakeService service;
  char no_resolver[1]{};
  ProbeContext context{loop, reinterpret_cast<Resolver&>(no_resolver), children, &service};
};

using Verdict = ProbeResult::Verdict;

}  // namespace usher
