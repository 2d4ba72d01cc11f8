// Puts the parts together, and passes on what the supervisor asks of them and what they tell it: no
// decision and no fact of its own. Everything here runs on one thread, between two waits of the loop.
//
//   SignalInput, Family, Attempt, HealthWatch, DependencyWait, Hooks --post(Event)--> Supervisor
//   Supervisor --Host--> App --> Service (Attempt), Family, Hooks, DependencyWait, LifeTimers
//   Supervisor --Transition--> Audience: log, trace, alerts     (at once)
//   changed --> status_of(facts) --> control, registry, HTTP    (once a turn)
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "init/app/attempt.h"
#include "init/app/dependency_wait.h"
#include "init/app/family.h"
#include "init/app/farewell.h"
#include "init/app/foundation.h"
#include "init/app/health_watch.h"
#include "init/app/hooks.h"
#include "init/app/life_timers.h"
#include "init/app/observers.h"
#include "init/app/service.h"
#include "init/app/signal_input.h"
#include "init/app/stdin_watch.h"

namespace usher {

class App final : Host, Attempt::Listener {
 public:
  // `source` is where `config` came from, with the environment that usher was given, which outlives
  // the App, as does the dialect. A reload asks the source again, when the working directory is
  // another one.
  App(Config config, LoadRequest source, InheritedSignals inherited, const Dialect& dialect);
  ~App() override;

  // What loading the configuration has left to say.
  void warn(const std::vector<std::string>& warnings);
  // From the first wait to the last report. Returns the exit code.
  int run();
  // In its place where the configuration is wrong, and has been told to be: the report alone.
  int refuse_config();
  // Complete once run() has returned.
  const Verdict& verdict() const { return report_.data().verdict; }
  // A thread still carries output, and uses what destroying the App would destroy.
  bool output_goes_on() const { return service_.output_goes_on(); }

 private:
  // Host
  void wait_for_dependencies() override;
  void run_hooks(HookPoint point) override;
  std::optional<SpawnFailure> spawn() override;
  bool started_late() const override { return service_.attempt() && service_.attempt()->is_late(); }
  void announce() override;
  void signal_service(int signo) override;
  bool drain(int signo, StopRound round) override { return family_.drain(signo, round); }
  bool kill_all() override { return family_.kill_all(service_.group()); }
  void give_up() override;
  void flush_output() override;
  void arm(TimerId id, std::optional<Millis> after) override { timers_.arm(id, after); }
  double draw() override;
  void report(const Transition& transition) override;
  void settled() override;
  void finish(const Verdict& verdict) override;

  // Attempt::Listener
  void became_ready() override { supervisor_.post(Event::became_ready); }
  void executes() override { supervisor_.executing(); }
  void never_ran(SpawnFailure failure) override;
  void main_process_ended(const Ended& process) override { report_.count(process); }
  void ended(ServiceExit exit) override;
  void output_is_out(std::uint64_t lost) override;
  void result_seen() override { supervisor_.result_seen(); }
  void changed() override { observers_.audience.changed(); }

  void serve();
  void release_inherited();
  void config_changed(const Config& before);
  void end();
  [[noreturn]] void refused(const std::string& why);
  [[noreturn]] void aborted(int error);

  Foundation base_;
  Supervisor supervisor_;
  LifeReport report_;
  Observers observers_;  // told of all that follows, and asked about it
  Family family_;
  ProcessSetup setup_;
  Service service_;
  Hooks hooks_;
  DependencyWait dependencies_;
  HealthWatch health_;
  LifeTimers timers_;
  StdinWatch stdin_;
  Farewell farewell_;
  SignalInput signals_;
};

}  // namespace usher
