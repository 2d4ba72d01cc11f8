#include "init/app/app.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "init/app/cleanup.h"
#include "init/app/start_variables.h"
#include "init/os/clock.h"
#include "init/os/privileges.h"
#include "init/os/random.h"

namespace usher {

App::App(Config config, LoadRequest source, InheritedSignals inherited, const Dialect& dialect)
    : base_(std::move(config), std::move(source), dialect,
            [this](const std::string& why) { refused(why); }),
      supervisor_(*this, base_.live.now()),
      report_(base_.context),
      observers_(base_.context, {supervisor_, report_, family_, setup_, service_, dependencies_, health_, hooks_,
                                 farewell_, base_.live, [this](const Config& c) { config_changed(c); }}),
      family_(base_.runtime,
              [this](SpawnRequest& request) { return setup_.prepare_helper(request); }, observers_),
      setup_(base_.context, inherited, base_.live.source().environment),
      service_(base_.context, family_, setup_, *this, [this] { return observers_.announcer.publication(); }),
      hooks_(base_.context, family_, setup_, report_),
      dependencies_(base_.context, service_.prober(), [this] { changed(); }),
      health_(base_.context, service_.prober(), supervisor_, observers_),
      timers_(base_.context, supervisor_),
      stdin_(base_.context, supervisor_),
      farewell_(base_.runtime),
      signals_(base_.context, supervisor_, family_, service_, farewell_) {
  base_.runtime.set_tls({&family_.launcher(), &base_.live.now().tls, [this](const std::string& server) {
                           base_.log.warn("tls_unverified").add("server", server);
                         }});
}

App::~App() = default;

void App::warn(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) base_.log.warn("config").add("message", warning);
}

int App::run() {
  static App* self = this;  // one a process
  answer_aborts(
      [] {
        kill_all_of_namespace();
        signal_group(self->service_.runs() ? self->service_.attempt()->main_pid() : -1, SIGKILL);
      },
      [](int error) { self->aborted(error); }, exit_code::kInternal);
  if (!base_.context.dialect.stands_in()) use_only(needed_by(base_.live.now()));
  const auto goes_on = [this] { return supervisor_.state() != State::exited; };
  if (const int error = signals_.open())
    refused(std::string("cannot receive signals: ") + std::strerror(error));
  base_.take_orphans();
  signals_.read();  // a stop that came before the service means no service
  // A shell that became us may have left us ended children, of whom no signal will tell. Before the
  // service is there, so that its end is always told by a signal first.
  if (goes_on()) family_.reap();
  if (goes_on()) {
    observers_.begin();
    stdin_.begin();
    supervisor_.start();
  }
  if (!farewell_.is_over()) serve();
  service_.restore_terminal();
  base_.log.finish();
  return verdict().code;
}

void App::serve() {
  if (const int error = signals_.watch())
    refused(std::string("cannot wait for signals: ") + std::strerror(error));
  base_.log.attach(base_.runtime.loop());
  release_inherited();
  observers_.serve();
  base_.runtime.loop().run();
}

// As an init does: what keeps a directory or a pipe busy is the service, not usher.
void App::release_inherited() {
  setup_.leave_directory();
  if (service_.runs() && !may_start_again(base_.live.now(), supervisor_.life()))
    setup_.close_descriptors();
}

void App::wait_for_dependencies() {
  const bool first = supervisor_.life().attempts_total == 0;
  const bool waits = dependencies_.begin(first, [this](Dependencies::Outcome outcome) {
    setup_.export_variables(dependencies_.exports());
    if (!outcome.satisfied) return supervisor_.dependency_failed(outcome.misconfigured);
    supervisor_.post(Event::satisfied);
  });
  if (!waits) return supervisor_.post(Event::satisfied);
  observers_.announcer.starting();  // it knows by now what is awaited
}

void App::run_hooks(HookPoint point) {
  if (point == HookPoint::pre_start)
    base_.live.take_next([this](const Config& before) { config_changed(before); });
  std::optional<Millis> left;
  if (point == HookPoint::pre_stop) left = timers_.left_of_limit();
  if (point == HookPoint::post_stop) left = timers_.left_of_stop();
  hooks_.run(point, supervisor_.verdict(), left, [this](Event answer) { supervisor_.post(answer); });
}

std::optional<SpawnFailure> App::spawn() {
  report_.spawned();
  if (!base_.context.dialect.stands_in())
    setup_.start_variables(start_variables(supervisor_.life().attempts_total, std::chrono::system_clock::now(),
                                           dependencies_.states()));
  if (auto failure = service_.start()) return failure;
  Attempt& attempt = *service_.attempt();
  observers_.announcer.starting();
  observers_.trace.spawned(attempt.main_pid());
  const unsigned nth = supervisor_.life().attempts_total;
  base_.log.info("spawned").add("pid", attempt.main_pid()).add("attempt", nth);
  if (nth == 1) observers_.resources.warn_of_no_limit();
  observers_.resources.watch();
  if (base_.live.now().readiness.configured()) attempt.begin_readiness();
  return std::nullopt;
}

void App::announce() {
  Attempt& attempt = *service_.attempt();
  const auto after = attempt.ready();
  const std::string value = attempt.readiness().value();
  report_.ready(after, value);
  if (base_.live.now().readiness.configured())
    base_.log.info("ready").add("after_ms", after.count() / 1000).add("value", value);
  if (setup_.has_left_directory()) release_inherited();
  health_.begin();
  observers_.announcer.ready(value);
  hooks_.run_post_ready(value);
}

void App::signal_service(int signo) {
  if (!service_.runs()) return;
  ++report_.data().signals_forwarded;
  const bool stop = supervisor_.state() == State::stopping;
  service_.attempt()->signal(signo, stop ? Attempt::Meaning::stop : Attempt::Meaning::plain);
}

void App::give_up() { base_.log.error("unkillable").add("left", names_of(Descendants::left())); }

void App::flush_output() {
  family_.forget();
  if (service_.attempt())
    service_.attempt()->flush();
  else
    supervisor_.flushed();
}

double App::draw() { return random_fraction(); }

void App::report(const Transition& transition) {
  const auto& [from, on, to, act] = transition;
  if (from != to) report_.data().phases.enter(to, monotonic_now());
  if (on == Event::stop) timers_.stop_asked();
  if (on == Event::stop && from == State::post_stop) hooks_.limit_post_stop(*timers_.left_of_stop());
  // What belongs to a state ends with it.
  if (from != to && on != Event::hooks_over && on != Event::hooks_failed) hooks_.forget();
  if (from == State::waiting && to != from) dependencies_.end();
  if (from == State::starting && to != from) service_.end_readiness();
  if (is_up(from) && !is_up(to)) health_.end();
  observers_.moved(transition);
  if (from == State::flushing && to != from) service_.over();
  if (from != to) observers_.audience.changed();
}

void App::settled() {
  if (supervisor_.life().stop) report_.prepare_end();
  observers_.audience.settled();
}

void App::ended(ServiceExit exit) {
  report_.data().last_exit = exit;
  report_.data().phases.service_ended(exit);
  const auto ready_at = service_.attempt()->ready_at();
  supervisor_.gone(exit, ready_at ? health_.stable_for(*ready_at) : Millis{0});
  supervisor_.children_changed();
}

void App::never_ran(SpawnFailure failure) {
  supervisor_.never_ran(failure);
  supervisor_.children_changed();
}

void App::output_is_out(std::uint64_t lost) {
  report_.data().output_bytes_lost += static_cast<std::int64_t>(lost);
  supervisor_.flushed();
}

void App::config_changed(const Config& before) {
  const Config& now = base_.live.now();
  setup_.config_changed();
  if (!base_.context.dialect.stands_in()) use_only(needed_by(now));
  if (now.lifecycle != before.lifecycle) {
    timers_.limit_life(report_.spent());
    stdin_.begin();
  }
  if (now.health != before.health) health_.config_changed();
  observers_.config_changed(before);
}

void App::finish(const Verdict& verdict) {
  settled();
  observers_.end(verdict);
  report_.write();
  remove_left_files(base_.context);
  const Millis last_words = base_.live.now().shutdown.last_words;
  const Millis left = timers_.left_of_stop().value_or(Millis{0});  // what hooks took is no more there
  farewell_.begin(observers_.farewells(), std::clamp(last_words + left, last_words / 2, last_words),
                  [this] { end(); });
}

// The report is the last line, whatever else had to be said.
void App::end() {
  report_.log();
  observers_.close();
  if (base_.runtime.has_loop()) base_.runtime.loop().stop();
}

// The system does not let us watch over anything: nothing of ours stays behind.
void App::refused(const std::string& why) {
  base_.log.error("system").add("message", why);
  family_.kill_all(-1);
  report_.data().detail = why;
  report_.only({false, exit_code::kSystem, Reason::system}, LifeReport::Message::kubernetes);
  base_.log.finish();
  ::_exit(exit_code::kSystem);
}

// libuv gives up where it cannot add a descriptor, for want of memory or of room among all that a user may
// watch: the system's refusal. Whatever else aborts is a fault of ours.
void App::aborted(int error) {
  family_.kill_all(service_.group());
  if (error == ENOSPC || error == ENOMEM)
    refused(std::string("cannot watch over another descriptor: ") + std::strerror(error));
  report_.only({false, exit_code::kInternal, Reason::internal}, LifeReport::Message::kubernetes);
  base_.log.finish();
  ::_exit(exit_code::kInternal);
}

// Kubernetes shows the end of the log, where the mistakes stand, as long as it has no message.
int App::refuse_config() {
  report_.data().detail = "the configuration is invalid; the lines in front of this one say where";
  report_.only({false, exit_code::kConfig, Reason::config}, LifeReport::Message::none);
  return exit_code::kConfig;
}

}  // namespace usher
