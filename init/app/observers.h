// Those who are told of the life of the service, and those who ask about it. None of them has a say
// in it, but for the commands that the control socket passes on.
#pragma once

#include <functional>
#include <vector>

#include "init/app/alarms.h"
#include "init/app/announcer.h"
#include "init/app/audience.h"
#include "init/app/control.h"
#include "init/app/failure.h"
#include "init/app/flight_recorder.h"
#include "init/app/health_watch.h"
#include "init/app/life_report.h"
#include "init/app/life_trace.h"
#include "init/app/metrics_page.h"
#include "init/app/narrator.h"
#include "init/app/oom_watch.h"
#include "init/app/outer_notice.h"
#include "init/app/resources.h"
#include "init/app/status_line.h"

namespace usher {

class Observers final : public Family::Listener, public HealthWatch::Listener {
 public:
  // What they look at and pass commands on to. All of it outlives them.
  struct Sources {
    Supervisor& supervisor;
    LifeReport& report;
    Family& family;
    ProcessSetup& setup;
    Service& service;
    const DependencyWait& dependencies;
    const HealthWatch& health;
    const Hooks& hooks;
    Farewell& farewell;
    LiveConfig& live;
    std::function<void(const Config& before)> config_changed;
  };

  Observers(const Context& context, const Sources& sources);

  // The life begins: what others could take for themselves is taken now, and then served.
  void begin();
  void serve();
  void moved(const Transition& transition);
  // Another configuration is in force.
  void config_changed(const Config& before);
  // All is over: nothing new is looked at, and what there is to report goes into the report.
  void end(const Verdict& verdict);
  // What they have to say then, side by side; and the last of it.
  std::vector<Farewell::Step> farewells();
  void close();

  // What is known now, for status_of().
  Facts facts() const;
  // The report, as if it were over now.
  Report so_far() const;

  // Family::Listener
  void reaped(const Ended& child, Family::Kind kind) override;
  void fewer() override;
  void drain_began(int signo, const std::string& names) override;
  void kill_began(const std::string& names) override;

  // HealthWatch::Listener
  void checked() override { audience.changed(); }
  void check_failed(const std::string& seen) override;
  void checks_recovered(const std::string& why) override { alarms.clear(AlertKind::unhealthy, why); }

 private:
  Context context_;
  Sources from_;

 public:
  Alarms alarms;
  Resources resources;
  OomWatch oom;
  LifeTrace trace;
  Narrator narrator;
  Announcer announcer;
  MetricsPage page;
  OuterNotice outwards;
  Control control;
  StatusLine status_line;
  Failure failure;
  FlightRecorder recorder;
  Audience audience;
};

}  // namespace usher
