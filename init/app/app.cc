#include "init/app/app.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>

#include "init/app/control.h"
#include "init/app/tracing.h"
#include "init/app/world.h"
#include "init/base/duration.h"
#include "init/base/signal_name.h"
#include "init/os/clock.h"
#include "init/os/exec_hint.h"
#include "init/os/fd.h"
#include "init/os/process_tree.h"
#include "init/os/random.h"

namespace usher {
namespace {

// In a container, the id that the engine knows it by.
std::string host_name() {
  utsname names;
  return ::uname(&names) == 0 ? names.nodename : "";
}

}  // namespace

App::App(Config config, LoadRequest source, InheritedSignals inherited, const Dialect* dialect)
    : config_(std::move(config)),
      source_(std::move(source)),
      inherited_(inherited),
      dialect_(dialect),
      log_(config_.log, config_.service.name, host_name()),
      supervisor_(*this, config_) {
  report_.service = config_.service.name;
  report_.instance = host_name();
  report_.started_at = std::chrono::system_clock::now();
  report_.phases.begin(monotonic_now());
}

App::~App() = default;

App::World& App::world() {
  if (world_) return *world_;
  // libuv aborts where it gets no pipe for its signals, so it is not asked then.
  constexpr int kNeeded = 8;
  auto loop = has_room_for_descriptors(kNeeded) ? std::make_unique<Loop>() : nullptr;
  if (!loop || loop->error() != 0) refused("cannot make an event loop: too few descriptors are left");
  world_ = std::make_unique<World>(*this, std::move(loop));
  return *world_;
}

void App::warn(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) log_.warn("config").add("message", warning);
}

int App::run() {
  if (const int error = signals_.open())
    refused(std::string("cannot receive signals: ") + std::strerror(error));
  if (::getpid() != 1 && config_.drop_in.subreaper)
    if (const int error = become_subreaper())
      log_.warn("no_subreaper").add("message", std::string("orphans will not come to us: ") + std::strerror(error));
  on_signals();  // a stop that came before the service means no service
  // A shell that became us may have left us ended children, of whom no signal will tell. Before the
  // service is there, so that its end is always told by a signal first.
  if (!finished_) on_children();
  if (!finished_) begin_trace();
  if (!finished_) open_sockets();
  if (!finished_) supervisor_.start();
  if (!over_) serve();
  if (world_ && world_->output) world_->output->restore_terminal();
  log_.finish();
  return report_.verdict.code;
}

// Before the service runs, which could take them for itself and answer in our place.
void App::open_sockets() {
  if (config_.control.enabled && dialect_ == nullptr)
    control_socket_ = open_control_socket(config_.control.socket);
  if (!config_.metrics.listen.empty()) metrics_socket_ = HttpServer::listen(config_.metrics.listen);
}

void App::serve() {
  World& w = world();
  w.signals = std::make_unique<Poll>(w.loop, signals_.fd());
  if (w.signals->error() != 0)
    refused(std::string("cannot wait for signals: ") + std::strerror(-w.signals->error()));
  w.signals->start(UV_READABLE, [this] { on_signals(); });
  log_.attach(w.loop);
  let_go();
  open_metrics();
  send_spans();
  if (control_socket_) {
    control_ = std::make_unique<Control>(*this);
    control_->open(std::move(control_socket_));
  }
  w.loop.run();
}

bool App::output_goes_on() const {
  return world_ && (!world_->unended.empty() || (world_->output && !world_->output->ended()));
}

// --- Host: what the supervisor asks for

void App::wait_for_dependencies() {
  if (config_.dependencies.empty()) return supervisor_.post(Event::satisfied);
  if (Coordination* const told = coordination()) told->starting();  // a stale value misleads now
  World& w = world();
  const auto over = [this](Dependencies::Outcome outcome) {
    exports_ = world_->dependencies->exports();
    if (!outcome.satisfied) return supervisor_.dependency_failed(outcome.misconfigured);
    supervisor_.post(Event::satisfied);
  };
  w.dependencies =
      std::make_unique<Dependencies>(w.loop, log_, config_.dependencies, prober(), over,
                                     [this] { tell_changed(); });
}

void App::run_hooks(HookPoint point) {
  if (point == HookPoint::pre_start) take_next_config();
  struct Named {
    std::string_view name;
    const std::vector<HookCommand>& hooks;
  };
  const HooksConfig& hooks = config_.hooks;
  const Named named = point == HookPoint::pre_start  ? Named{"pre_start", hooks.pre_start}
                      : point == HookPoint::pre_stop ? Named{"pre_stop", hooks.pre_stop}
                                                     : Named{"post_stop", hooks.post_stop};
  if (named.hooks.empty()) return supervisor_.post(Event::hooks_over);
  SpawnRequest base;
  // Where the configuration is wrong, the start of the service says so, with the code for it.
  if (prepare(base, AbsentFiles::passed_over))
    return supervisor_.post(point == HookPoint::pre_start ? Event::hooks_over : Event::hooks_failed);
  if (point == HookPoint::post_stop) {
    const Verdict& verdict = supervisor_.verdict();
    base.environment.push_back("USHER_EXIT_CODE=" + std::to_string(verdict.code));
    base.environment.push_back("USHER_REASON=" + std::string(to_string(verdict.reason)));
  }
  world().hooks.start(named.name, named.hooks, std::move(base), [this](bool ok) {
    supervisor_.post(ok ? Event::hooks_over : Event::hooks_failed);
  });
}

// All that a process of ours is started with, but for its program and its descriptors.
std::optional<SpawnFailure> App::prepare(SpawnRequest& request, AbsentFiles absent) {
  log_.release();  // what was said so far stands before its output
  const ServiceConfig& service = config_.service;
  if (!service.user.empty() && !identity_) {
    IdentityResult found = find_identity(service.user);
    if (!found.problem.empty()) {
      log_.error("config").add("key", "service.user").add("message", found.problem);
      return SpawnFailure{SpawnFailure::Kind::config};
    }
    identity_ = std::move(found.identity);
  }
  const Identity* who = identity_ ? &*identity_ : nullptr;
  EnvironmentResult environment =
      service_environment(service, who, source_.environment, absent);
  if (!environment.problem.empty()) {
    log_.error("config").add("key", "service.environment_files").add("message", environment.problem);
    return SpawnFailure{SpawnFailure::Kind::config};
  }
  request.environment = std::move(environment.entries);
  for (const auto& [name, value] : exports_) set_variable(request.environment, name, value);
  if (tracing_)
    set_variable(request.environment, "TRACEPARENT", tracing_->trace.parent_of_processes());
  request.workdir = service.workdir.empty() ? first_directory_ : service.workdir;
  request.umask = service.umask;
  request.no_new_privs = service.no_new_privs;
  request.limits = &service.limits;
  // Nothing is to be changed where we are that user already, and without privileges nothing can.
  const bool same = who != nullptr && who->uid == ::geteuid() && who->gid == ::getegid();
  if (!same || ::geteuid() == 0) request.identity = who;
  request.signals = inherited_;
  return std::nullopt;
}

std::optional<SpawnFailure> App::spawn() {
  SpawnRequest request;
  if (auto failure = prepare(request, AbsentFiles::refused)) return failure;
  if (descriptors_closed_ > 0)  // a reload has changed restart.policy
    log_.warn("descriptors_missing").add("message", descriptors_gone());
  request.argv = config_.service.command;
  request.new_session = config_.drop_in.new_session;
  request.shell_scripts = config_.drop_in.shell_scripts;
  if (request.new_session)
    let_go_of_terminal();
  else
    request.foreground_of = foreground_terminal();
  if (Output::has_to_read(config_)) {
    World& w = world();
    if (w.output && !w.output->ended()) w.unended.push_back(std::move(w.output));
    w.output = std::make_unique<Output>(w.loop, config_, w.wake);
    if (const int error = w.output->open(request, request.identity)) {
      w.output->handed_over();
      log_.error("spawn_failed").add("message", std::string("cannot read its output: ") + std::strerror(error));
      return SpawnFailure{SpawnFailure::Kind::system};
    }
    if (w.output->relays_keyboard()) log_.terminal_is_raw();
  }
  if (request.identity != nullptr) give_outputs_to(request.identity->uid);

  const bool can_notify = open_notification(request);
  const SpawnResult result = can_notify ? usher::spawn(request) : SpawnResult{};
  if (world_ && world_->output) world_->output->handed_over();
  if (!can_notify) return SpawnFailure{SpawnFailure::Kind::system};
  if (world_ && world_->notification) world_->notification->handed_over();
  if (result.pid < 0) return spawn_failure(result, request);
  spawned_at_ = monotonic_now();
  ready_at_.reset();
  service_ = result.pid;
  in_background_ = false;
  terminal_ = request.foreground_of;
  service_stopped_ = false;
  if (dialect_ != nullptr) say(dialect_->started(request, service_));
  if (Coordination* const told = coordination()) told->starting();
  if (tracing_) tracing_->trace.spawned(service_);
  log_.info("spawned").add("pid", service_).add("attempt", supervisor_.life().attempts_total);
  watch_resources();
  if (config_.readiness.configured()) begin_readiness();
  return std::nullopt;
}

std::optional<SpawnFailure> App::spawn_failure(const SpawnResult& result,
                                               const SpawnRequest& request) {
  if (dialect_ != nullptr) say(dialect_->not_started(request, result));
  log_.error("spawn_failed").add("message", describe(result, request));
  unborn_ = result.unborn;
  using Kind = SpawnFailure::Kind;
  const int error = result.error;
  const bool refused = error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
  if (refused || result.stage == SpawnStage::fork || result.stage == SpawnStage::descriptors)
    return SpawnFailure{Kind::system};
  if (result.stage == SpawnStage::exec && (error == ENOENT || error == ENOTDIR) &&
      !file_exists(result.path))
    return SpawnFailure{Kind::not_found};
  return SpawnFailure{Kind::cannot_execute};
}

void App::announce() {
  ready_at_ = monotonic_now();
  report_.ready_value = ready_value_;
  if (config_.readiness.configured())
    log_.info("ready")
        .add("after_ms", (*ready_at_ - spawned_at_).count() / 1000)
        .add("value", report_.ready_value);
  if (let_go_) let_go();
  if (world_ && world_->notification) world_->notification->begin_watchdog();
  begin_health();
  if (Coordination* const told = coordination()) told->ready(report_.ready_value);
  if (config_.hooks.post_ready.empty()) return;
  SpawnRequest base;
  if (prepare(base, AbsentFiles::passed_over)) return;
  base.environment.push_back("USHER_READY_VALUE=" + report_.ready_value);
  world().post_ready_hooks.start("post_ready", config_.hooks.post_ready, std::move(base), [](bool) {});
}

void App::signal_service(int signo) {
  if (service_ <= 0) return;
  ++report_.signals_forwarded;
  if (log_.wants(LogLevel::debug))
    log_.debug("signal_sent").add("signal", signal_name(signo)).add("pid", service_);
  const bool stopping = supervisor_.state() == State::stopping;
  if (config_.shutdown.scope == SignalScope::group) {
    if (stopping) descendants_.remember_group(service_group());
    signal_group(service_group(), signo);
  } else {
    signal_process(service_, signo);
  }
  // A stopped process would take its signal only when somebody continues it.
  if (stopping && Reaper::stopped_by(service_) != 0) signal_group(service_group(), SIGCONT);
}

bool App::drain(int signo, bool anew) {
  if (!Reaper::has_children()) return true;
  if (signo == 0) return false;
  if (!std::exchange(drain_logged_, true)) log_draining(signo);
  descendants_.signal_children(signo, anew);
  return false;
}

void App::log_draining(int signo) {
  auto left = Descendants::left();
  std::erase_if(left, [this](const ProcessStat& stat) { return stat.pid == unborn_; });
  if (left.empty()) return;
  log_.info("draining").add("signal", signal_name(signo)).add("left", names_of(left));
}

bool App::kill_all() {
  if (!Reaper::has_children()) return true;
  const auto killed = descendants_.kill_all(service_group());
  if (!std::exchange(kill_logged_, true)) tell_of_kill(names_of(killed));
  return false;
}

// Once it is done: no process lives on for the sake of a message.
void App::tell_of_kill(const std::string& left) {
  ++forced_kills_;
  const bool wanted = service_ <= 0 && config_.shutdown.stragglers == Stragglers::kill;
  const std::string limit = format_duration(config_.shutdown.timeout);
  log_.warn("killing").add("left", left).add(
      "message", wanted ? "shutdown.stragglers is kill" : "shutdown.timeout is " + limit);
  if (!wanted)
    alert(AlertKind::stop_timeout, "still there " + limit + " after the stop began" +
                                       (left.empty() ? "" : ": " + left));
}

void App::give_up() { log_.error("unkillable").add("left", names_of(Descendants::left())); }

void App::flush_output() {
  drain_logged_ = kill_logged_ = false;
  descendants_.forget_all();
  if (!world_ || !world_->output) return supervisor_.flushed();
  if (world_->output->ended()) return output_is_out();
  world_->quiet_looks = 0;
  world_->patience.begin(world_->output->moved(), monotonic_now());
  on_flush_tick();
}

void App::arm(TimerId id, std::optional<Millis> after) {
  if (!after && !world_) return;
  World& w = world();
  Timer& timer = id == TimerId::limit ? w.limit : id == TimerId::step ? w.step : w.life;
  if (!after) return timer.cancel();
  if (supervisor_.state() == State::backoff)
    log_.warn("backoff")
        .add("attempt", supervisor_.life().attempts_total)
        .add("next_in_ms", std::int64_t{after->count()});
  timer.start(*after, [this, id] {
    if (id == TimerId::life) return supervisor_.life_over();
    supervisor_.post(id == TimerId::limit ? Event::limit : Event::step);
  });
}

double App::draw() { return random_fraction(); }

void App::report(const Transition& transition) {
  const auto& [from, on, to, act] = transition;
  if (to == State::ready && from == State::starting) ready_value_ = ready_value();
  if (to == State::starting || to == State::backoff) ready_value_ = missing_ = {};
  if (from != to) report_.phases.enter(to, monotonic_now());
  // Hooks that a stop has overtaken are processes like all others from now on.
  const bool hooks_answered = on == Event::hooks_over || on == Event::hooks_failed;
  if (from != to && !hooks_answered && world_) world_->hooks.forget();
  log_transition(transition);  // may name what the state was waiting for
  if (tracing_) trace(transition);
  if (from != to) alert_on_transition(transition);
  if (from != to && world_) leave(from, to);
  if (from != to) tell_changed();
}

void App::tell_changed() {
  if (control_) control_->changed();
  show_in_registry();
}

// What belongs to a state ends with it.
void App::leave(State from, State to) {
  World& w = *world_;
  if (from == State::waiting && w.dependencies) {
    dependency_states_ = w.dependencies->states();
    w.dependencies.reset();
  }
  if (from == State::starting) {
    w.readiness.cancel();
    if (to != State::ready) w.readiness_polls.clear();
  }
  if (is_up(from) && !is_up(to)) end_health();
}

void App::log_transition(const Transition& t) {
  if (t.act == Act::illegal)
    log_.warn("unexpected").add("state", to_string(t.from)).add("fact", to_string(t.on));
  else if (log_.wants(LogLevel::debug))
    log_.debug("state").add("from", to_string(t.from)).add("on", to_string(t.on)).add("to", to_string(t.to));
  if (t.from == State::starting && t.on == Event::limit) {
    missing_ = missing_for_ready();
    log_not_ready();
  }
  if (t.on != Event::stop || phase_of(t.from) == Phase::stopping) return;
  stop_to_log_ = true;  // the service waits for its signal, nobody for the line
}

void App::settled() {
  if (std::exchange(stop_to_log_, false)) {
    log_stopping();
    prepare_end();
  }
  send_spans();
}

void App::log_stopping() {
  const StopRequest& stop = *supervisor_.life().stop;
  auto line = log_.info("stopping");
  line.add("by", to_string(stop.cause));
  if (stop.cause == StopCause::lifetime)
    line.add("message", "lifecycle.timeout is " + format_duration(config_.lifecycle.timeout));
  if (stop.cause == StopCause::signal) line.add("signal", signal_name(stop.signo));
}

}  // namespace usher
