#include "init/app/observers.h"

#include <csignal>

#include "init/os/clock.h"

namespace usher {
namespace {

using Sources = Observers::Sources;

Alarms::Origin origin(const Sources& from, Audience& audience) {
  const Report& report = from.report.data();
  const Supervisor& supervisor = from.supervisor;
  return {report.service, report.instance,
          [&supervisor] { return to_string(phase_of(supervisor.state())); },
          [&audience] { audience.changed(); }};
}

// In the order in which the page shows them.
MetricsPage::Sources page_sources(const Sources& from, Observers& all) {
  return {from.supervisor,
          from.report,
          from.family,
          [&all] { return status_of(all.facts()); },
          {[&all](MetricsText& text) { all.trace.add_to(text); },
           [&from = from.health](MetricsText& text) { from.add_to(text); },
           [&all](MetricsText& text) { all.announcer.add_to(text); },
           [&all](MetricsText& text) { all.resources.add_to(text); },
           [&all](MetricsText& text) { all.alarms.add_to(text); }}};
}

Control::Parts control_parts(const Sources& from, Observers& all) {
  return {from.supervisor,
          from.service,
          from.setup,
          from.farewell,
          from.live,
          from.config_changed,
          [&all] { return status_of(all.facts()); },
          [&all](Snapshot& snapshot) { all.resources.measure(snapshot); },
          [&all] { return all.page.text(MetricsText::Format::openmetrics); }};
}

}  // namespace

Observers::Observers(const Context& context, const Sources& sources)
    : context_(context),
      from_(sources),
      alarms(context, from_.family, from_.setup, origin(from_, audience)),
      resources(context, from_.family, from_.service, alarms, [this] { recorder.used(); }),
      oom(context, from_.supervisor, from_.service, alarms, [this] { recorder.used(); }),
      trace(context, from_.dependencies),
      narrator(context, from_.service),
      announcer(context, alarms, [this] { return status_of(facts()); }, from_.dependencies,
                from_.report.data().started_at),
      page(context, page_sources(from_, *this)),
      outwards(context, from_.supervisor, [this] { return status_of(facts()); }),
      control(context, control_parts(from_, *this)),
      status_line(context, [this] { return status_of(facts()); }),
      failure(context.config, from_.service, from_.dependencies, from_.hooks),
      recorder(context, {from_.report, from_.service, [this] { return status_of(facts()); },
                         [this] { return so_far(); }}),
      audience({&failure, &narrator, &trace, &alarms, &announcer, &outwards, &control, &status_line, &recorder}) {}

void Observers::begin() {
  from_.report.begin();
  recorder.begin();
  control.bind();
  page.bind();
  status_line.begin();
  const Report& report = from_.report.data();
  const char* const* const environment = from_.live.source().environment;
  outwards.begin(environment);
  trace.begin(environment, report.instance, report.phases.begun(),
              [this](const std::string& id) { from_.report.data().trace = id; });
  if (std::string offer = trace.offer(); !offer.empty())
    announcer.share_trace(std::move(offer), [this](const std::string& value, const std::string& problem) {
      trace.shared(value, problem);
    });
  if (trace.on()) from_.setup.trace_parent([this] { return trace.parent_of_processes(); });
}

void Observers::serve() {
  oom.begin();
  page.serve();
  trace.settled();
  control.open();
}

void Observers::close() {
  page.close();
  control.end();
}

// What takes a look at all parts is put together where somebody has to say it: the service may be
// waiting for its signal.
void Observers::moved(const Transition& t) {
  const Supervisor& supervisor = from_.supervisor;
  const bool late = (t.from == State::starting && t.on == Event::limit) || ends_late_start(t, supervisor.life());
  audience.moved(t, late || t.to == State::unhealthy
                        ? facts()
                        : Facts{t.to, supervisor.life(), supervisor.verdict(), context_.config});
}

Facts Observers::facts() const {
  const Supervisor& supervisor = from_.supervisor;
  const Report& report = from_.report.data();
  Facts facts{supervisor.state(), supervisor.life(), supervisor.verdict(), context_.config};
  facts.instance = report.instance;
  facts.attempt = from_.service.view();
  if (facts.attempt) facts.attempt->ready_value = announcer.shown_value(std::move(facts.attempt->ready_value));
  facts.checks = from_.health.views();
  facts.dependencies = from_.dependencies.views();
  facts.alerts = alarms.active();
  facts.now = monotonic_now();
  facts.begun = report.phases.begun();
  facts.in_phase_since = report.phases.phase_since();
  facts.wall_clock = std::chrono::system_clock::now();
  return facts;
}

void Observers::reaped(const Ended& child, Family::Kind kind) {
  if (kind != Family::Kind::unborn)
    context_.say(context_.dialect.reaped(child, kind == Family::Kind::service));
  if (child.signal == SIGKILL && kind != Family::Kind::helper) oom.child_killed();
}

void Observers::fewer() {
  if (Attempt* const attempt = from_.service.attempt()) attempt->tell_end();
  from_.supervisor.children_changed();
}

void Observers::drain_began(int signo, const std::string& names) { narrator.draining(signo, names); }

void Observers::kill_began(const std::string& names) {
  const std::string unwanted = narrator.killing(names);
  failure.killing(names);
  if (!unwanted.empty()) alarms.raise(AlertKind::stop_timeout, unwanted);
}

void Observers::check_failed(const std::string& seen) {
  failure.check_failed(seen);
  alarms.raise(AlertKind::unhealthy, seen);
}

void Observers::config_changed(const Config& before) {
  const Config& now = context_.config;
  context_.log.configure(now.log);
  if (now.report != before.report) recorder.config_changed();
  if (now.resources != before.resources) resources.watch();
  if (now.resources != before.resources || now.alerts != before.alerts) {
    alarms.config_changed();
    resources.warn_of_no_limit();
  }
  if (now.startup.progress != before.startup.progress || now.log.health != before.log.health)
    status_line.config_changed();
  audience.changed();
}

void Observers::end(const Verdict& verdict) {
  Report& report = from_.report.data();
  report.verdict = verdict;
  report.life = from_.supervisor.life();
  report.oom_killed = oom.killed(from_.family.counts().killed_by_others);
  report.orphans_reaped = from_.family.counts().orphans;
  report.checks = from_.health.counts();
  report.resources = resources.finish();
  if (report.resources) report.resources->oom_kills = static_cast<std::int64_t>(oom.kills());
  report.detail = failure.detail(verdict, report.life);
  if (!report.detail.empty() && !context_.dialect.stands_in()) {
    narrator.failed(verdict, report.detail);
    alarms.failed(verdict, report.detail);
  }
  alarms.end();
  report.alerts = alarms.totals();
  from_.report.add(from_.dependencies.states());
  trace.end(verdict, report.life);
  recorder.end();
}

Report Observers::so_far() const {
  Report report = from_.report.data();
  report.life = from_.supervisor.life();
  report.orphans_reaped = from_.family.counts().orphans;
  report.checks = from_.health.counts();
  report.alerts = alarms.totals();
  report.phases.enter(State::exited, monotonic_now());  // ends what goes on
  report.ended_at = std::chrono::system_clock::now();
  return report;
}

std::vector<Farewell::Step> Observers::farewells() {
  std::vector<Farewell::Step> steps;
  announcer.add_farewell(steps);
  page.add_farewell(steps);
  trace.add_farewell(steps);
  alarms.add_farewell(steps);
  return steps;
}

}  // namespace usher
