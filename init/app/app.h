// Does what the supervisor decides, and tells it what happens: the only place that knows all
// parts. Everything here runs on one thread, between two waits of the loop.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "init/app/dependencies.h"
#include "init/app/dialect.h"
#include "init/app/health_loop.h"
#include "init/app/hooks.h"
#include "init/app/output.h"
#include "init/app/status.h"
#include "init/config/config.h"
#include "init/config/load.h"
#include "init/config/reload.h"
#include "init/coordinate/coordination.h"
#include "init/lifecycle/report.h"
#include "init/lifecycle/supervisor.h"
#include "init/loop/loop.h"
#include "init/net/http_post.h"
#include "init/net/http_server.h"
#include "init/observe/alerts.h"
#include "init/observe/log.h"
#include "init/observe/metrics_text.h"
#include "init/os/cgroup.h"
#include "init/os/descendants.h"
#include "init/os/environment.h"
#include "init/os/identity.h"
#include "init/os/listening_socket.h"
#include "init/os/process_usage.h"
#include "init/os/reaper.h"
#include "init/os/signals.h"
#include "init/os/spawn.h"
#include "probes/context.h"

namespace usher {

class ResourceWatch;

class App final : Host, Reaper::Listener, ServiceView {
 public:
  // `source` is where `config` came from, with the environment that usher was given, which outlives
  // the App, as does the dialect of whoever we stand in for. A reload asks the source again, when the
  // working directory is another one.
  App(Config config, LoadRequest source, InheritedSignals inherited,
      const Dialect* dialect = nullptr);
  ~App() override;

  // What loading the configuration has left to say.
  void warn(const std::vector<std::string>& warnings);
  // From the first wait to the last report. Returns the exit code.
  int run();
  // In its place where the configuration is wrong, and has been told to be: the report alone.
  int refuse_config();
  // Complete once run() has returned.
  const Verdict& verdict() const { return report_.verdict; }
  // A thread still carries output, and uses what destroying the App would destroy.
  bool output_goes_on() const;

 private:
  using Micros = std::chrono::microseconds;
  // The loop is made when first needed: starting a plain service needs none.
  struct World;
  class Control;
  struct Tracing;

  // Host
  void wait_for_dependencies() override;
  void run_hooks(HookPoint point) override;
  std::optional<SpawnFailure> spawn() override;
  void announce() override;
  void signal_service(int signo) override;
  bool drain(int signo, bool anew) override;
  bool kill_all() override;
  void give_up() override;
  void flush_output() override;
  void arm(TimerId id, std::optional<Millis> after) override;
  double draw() override;
  void report(const Transition& transition) override;
  void settled() override;
  void finish(const Verdict& verdict) override;

  // Reaper::Listener
  void reaped(const Ended& child) override;

  // ServiceView, for probes
  pid_t pid() const override;
  std::optional<std::string> line_found(const LineProbe& probe) const override;
  std::string last_line() const override;
  bool notified_ready(const NotifyProbe& probe) const override;
  std::string notified_status() const override;
  std::optional<Millis> since_watchdog() const override;

  World& world();
  [[noreturn]] void refused(const std::string& why);
  MakeProbe prober();
  void open_sockets();
  void serve();
  void let_go();
  void on_signals();
  void on_signal(const ReceivedSignal& received);
  void on_children();
  void on_stopped_service();
  void on_output();
  void on_tap();
  bool open_notification(SpawnRequest& request);
  void on_notified();
  bool notified_all() const;
  bool main_process_goes_on(const Ended& child);
  pid_t service_group() const;
  void on_flush_tick();
  void output_is_out();
  void begin_readiness();
  void on_readiness_result(const Poller& poller);
  void check_readiness();
  std::unique_ptr<HealthLoop> make_health();
  void begin_health();
  void end_health();
  void on_check(const HealthLoop::Check& check, bool status_changed);
  void log_check(const HealthLoop::Check& check);
  Millis good_for() const;
  bool handlers_installed() const;
  bool output_may_still_say_ready() const;
  bool output_is_quiet();
  void signal_left_group(pid_t group);
  void tell_of_kill(const std::string& left);
  void tell_end();
  void suspend();
  void say(std::string text);

  std::optional<SpawnFailure> prepare(SpawnRequest& request, AbsentFiles absent);
  std::optional<SpawnFailure> spawn_failure(const SpawnResult& result, const SpawnRequest& request);
  bool may_start_again() const;
  std::string descriptors_gone() const;
  void log_transition(const Transition& transition);
  void leave(State from, State to);
  void log_not_ready();
  bool waits_for_line() const;
  std::string missing_for_ready() const;
  void tell_changed();
  std::string reload(Config fresh);
  void limit_life();
  void change_health();
  void take_next_config();
  std::string ready_value() const;
  void log_end(const Ended& ended);
  void count(const Ended& child);
  Status status() const;
  std::optional<AttemptView> attempt_view() const;
  std::vector<AlertView> active_alerts() const;
  void open_metrics();
  HttpAnswer answer(const HttpRequest& request);
  std::string metrics(MetricsText::Format format);
  ProcessUsage measure() const;
  ResourceWatch& resources();
  void watch_resources();
  void add_resources(MetricsText& text);
  void keep_peaks();
  void alert(AlertKind kind, std::string seen);
  void alert_over(AlertKind kind, std::string seen);
  void alert_on_transition(const Transition& transition);
  void alert_on_coordination(const Coordination::News& news);
  void alert_on_resources();
  void warn_of_no_limit();
  void change_alerts();
  void add_alerts(MetricsText& text) const;
  void count_alerts();
  void add_life(MetricsText& text) const;
  void add_end(MetricsText& text) const;
  void add_trace(MetricsText& text) const;
  void begin_trace();
  void trace(const Transition& transition);
  void end_trace();
  void send_spans();
  void count_checks();
  void prepare_end();
  bool takes_termination();
  bool killed_for_memory();
  void log_stopping();
  void log_draining(int signo);
  // Null where nothing is told through Redis.
  Coordination* coordination();
  void log_news(const Coordination::News& news);
  void show_in_registry();
  void take_leave();
  void tell_the_end();
  void say_last_words();
  void push_metrics(Millis limit);
  void last_word_said();
  void cut_last_words(const std::string& request);
  void end();
  void log_report();
  void report_only(const Verdict& verdict);
  void clean_up_files();
  void write_report();

  Config config_;
  std::unique_ptr<Config> next_config_;  // for the next start of the service, since a reload
  LoadRequest source_;
  InheritedSignals inherited_;
  const Dialect* dialect_;  // null: our own, which is the log
  Log log_;
  Supervisor supervisor_;
  SignalDescriptor signals_;
  Descendants descendants_;
  std::optional<Identity> identity_;
  std::vector<std::pair<std::string, std::string>> exports_;  // of dependencies, to the service
  std::vector<Dependencies::State> dependency_states_;        // when the wait was over
  std::string first_directory_;  // where we were started, once we have left it

  pid_t service_ = -1;
  pid_t unborn_ = -1;           // of the last start that failed: its reaping is not worth counting
  std::optional<Ended> ended_;  // the service's end, until the supervisor is told of it
  unsigned looks_at_end_ = 0;   // see output_is_quiet()
  int terminal_ = -1;           // whose foreground the service has
  bool service_stopped_ = false;
  bool in_background_ = false;  // the service is not the process that we started
  bool let_go_ = false;
  unsigned descriptors_closed_ = 0;  // that we were given for the service: another start lacks them
  bool drain_logged_ = false, kill_logged_ = false;
  bool stop_to_log_ = false;  // once the stop signal is out
  std::optional<OomKills> oom_kills_;  // once the end is near
  std::optional<bool> takes_termination_;
  bool finished_ = false;  // the supervisor has come to its end
  bool over_ = false;      // and we, too
  bool killed_by_others_ = false;  // some process of ours ended by a SIGKILL that was not ours
  std::uint64_t forced_kills_ = 0;
  std::string shown_;  // the state in the registry
  std::chrono::system_clock::time_point shown_since_;
  Micros spawned_at_{0};
  std::optional<Micros> ready_at_;      // of this start
  std::string ready_value_, missing_;  // of this start
  Micros reaped_cpu_{0};  // of the service's processes that have ended
  Report report_;  // what is counted as it happens
  std::unique_ptr<World> world_;
  std::unique_ptr<ListeningSocket> control_socket_, metrics_socket_;  // until they are served
  std::unique_ptr<Control> control_;
  std::unique_ptr<Tracing> tracing_;  // null where nobody asks for traces
};

}  // namespace usher
