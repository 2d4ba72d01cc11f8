#include "init/app/readiness.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "init/base/text.h"
#include "init/os/process_tree.h"

namespace usher {
namespace {

// The limit of one run of a probe; readiness.timeout is that of all of them.
constexpr Millis kAttempt{3'000};

bool is_told(const ProbeConfig& probe) {
  return probe.as<LineProbe>() != nullptr || probe.as<NotifyProbe>() != nullptr;
}

}  // namespace

std::string missing_of(const ReadinessFacts& facts) {
  if (!facts.main_process.empty()) return facts.main_process;
  if (!facts.line_seen)
    return "no line of its output has matched readiness.probe" +
           (facts.passed_over.empty() ? "" : "; " + facts.passed_over);
  if (!facts.failing.empty()) return facts.failing.back();
  if (!facts.notified)
    return "it has not notified of being ready" +
           (facts.says.empty() ? "" : " and says " + in_quotes(facts.says));
  if (!facts.handlers_installed)
    return "it does not catch the signals of readiness.require_signal_handlers";
  return {};
}

Readiness::Readiness(const Context& context, const MakeProbe& make, std::function<void()> ready)
    : context_(context),
      make_(make),
      ready_(std::move(ready)),
      again_(context.runtime) {}

void Readiness::begin(Start start) {
  start_ = std::move(start);
  under_way_ = true;
  const ReadinessConfig& config = context_.config.readiness;
  for (const ProbeConfig& probe : config.probes) {
    if (is_told(probe)) continue;
    const std::size_t index = polls_.size();
    polls_.push_back(std::make_unique<Poller>(context_.runtime.loop(), make_(probe), kAttempt,
                                              config.interval,
                                              [this, index] { answered(*polls_[index]); }));
  }
  for (const auto& poll : polls_) poll->start();
  heard_ = heard();
  check();
}

void Readiness::answered(const Poller& poller) {
  if (poller.last().verdict == ProbeResult::Verdict::misconfigured)
    context_.log.error("probe_misconfigured")
        .add("probe", poller.probe().target())
        .add("message", poller.last().reason);
  if (!poller.passed()) return;
  hurry();
  check();
}

// How many of the conditions hold that the service tells of by itself.
unsigned Readiness::heard() const { return unsigned{!waits_for_line()} + unsigned{notified()}; }

// Where one condition has come to hold, the others may have with it.
void Readiness::hurry() {
  pause_ = Millis{0};
  for (const auto& poll : polls_) poll->hurry();
}

bool Readiness::notified() const {
  const auto& probes = context_.config.readiness.probes;
  return std::all_of(probes.begin(), probes.end(), [this](const ProbeConfig& probe) {
    const auto* const notify = probe.as<NotifyProbe>();
    return notify == nullptr || (start_.notification && start_.notification->ready(*notify));
  });
}

bool Readiness::handlers_installed() const {
  const auto& wanted = context_.config.readiness.require_signal_handlers;
  const pid_t process = start_.process();
  if (wanted.empty() || process <= 0) return true;
  const auto caught = caught_signals(process);
  return caught && std::all_of(wanted.begin(), wanted.end(), [&](int signo) {
           return (*caught >> (signo - 1) & 1) != 0;
         });
}

bool Readiness::waits_for_line() const {
  return start_.output != nullptr && !start_.output->lines_say_ready();
}

ReadinessFacts Readiness::facts() const {
  ReadinessFacts facts;
  if (start_.handover) facts.main_process = start_.handover->missing();
  facts.line_seen = !waits_for_line();
  if (!facts.line_seen) facts.passed_over = start_.output->findings().why_passed_over();
  for (const auto& poll : polls_)
    if (!poll->passed())
      facts.failing.push_back(poll->probe().target() + ": " + poll->last().reason);
  facts.notified = notified();
  if (!facts.notified && start_.notification) facts.says = start_.notification->status();
  // Asked last, as it takes a look into /proc.
  if (facts.main_process.empty() && facts.line_seen && facts.notified && facts.failing.empty())
    facts.handlers_installed = handlers_installed();
  return facts;
}

void Readiness::check() {
  if (!under_way_ || said_) return;
  if (std::exchange(heard_, heard()) < heard_) hurry();
  const ReadinessFacts known = facts();
  if (missing_of(known).empty()) {
    said_ = true;
    return ready_();
  }
  if (known.handlers_installed) return;
  pause_ = Poller::next_pause(pause_, context_.config.readiness.interval);
  again_.start(pause_, [this] { check(); });
}

std::string Readiness::value() const {
  if (!under_way_) return value_;
  std::string value = start_.output ? start_.output->ready_value() : std::string();
  for (const auto& poll : polls_)
    if (value.empty()) value = poll->last().value;
  return value;
}

void Readiness::end() {
  if (!under_way_) return;
  missing_ = missing();
  value_ = value();
  under_way_ = false;
  again_.cancel();
  polls_.clear();
}

}  // namespace usher
