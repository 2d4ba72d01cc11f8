// When something is wrong, and people are to be told: gathers the facts for the alerts. Nothing of
// the life of the service reads it back.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "init/app/alerting.h"
#include "init/app/audience.h"
#include "init/app/context.h"
#include "init/app/farewell.h"
#include "init/app/process_setup.h"
#include "init/control/snapshot.h"
#include "init/lifecycle/supervisor.h"
#include "init/observe/metrics_text.h"

namespace usher {

class Alarms final : public LifeListener {
 public:
  // Who sends them.
  struct Origin {
    std::string service, instance;
    std::function<std::string_view()> state;
    std::function<void()> changed;  // what active() returns is different
  };

  // All of them outlive it.
  Alarms(const Context& context, Family& family, ProcessSetup& setup, Origin origin);

  // So it is now, and what was seen; or so it is no longer.
  void raise(AlertKind kind, std::string seen);
  void clear(AlertKind kind, std::string seen);
  // The life has failed: whoever is told of alerts hears of it, unless another one has said so.
  void failed(const Verdict& verdict, const std::string& detail);

  void moved(const Transition& transition, const Facts& facts) override;
  // What nobody looks at any more, since a reload, is no longer so.
  void config_changed();
  // The life is over: nothing new is taken, what waits is sent by farewell().
  void end();
  // Null-like where there is nothing to send.
  void add_farewell(std::vector<Farewell::Step>& steps);

  std::vector<AlertView> active() const;
  // How often each, where there was any.
  std::vector<std::pair<std::string, std::uint64_t>> totals() const;
  void add_to(MetricsText& text) const;

 private:
  Alerting& alerting();

  Context context_;
  Family& family_;
  ProcessSetup& setup_;
  Origin origin_;
  std::unique_ptr<Alerting> alerting_;  // once something was wrong
  bool hooks_held_ = false, ended_ = false;
};

// A hook that began now would get the stop's signals, and the stop would wait for it.
constexpr bool holds_alert_hooks(State state) noexcept {
  return under_stop_limit(state) || state == State::killing || state == State::flushing;
}

}  // namespace usher
