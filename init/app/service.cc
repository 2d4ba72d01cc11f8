#include "init/app/service.h"

#include <algorithm>
#include <utility>

#include "init/os/clock.h"
#include "probes/make_probe.h"

namespace usher {

Service::Service(const Context& context, Family& family, ProcessSetup& setup,
                 Attempt::Listener& listener, std::function<Publication()> publication)
    : context_(context),
      family_(family),
      setup_(setup),
      listener_(listener),
      publication_(std::move(publication)) {
  prober_ = [this](const ProbeConfig& config) {
    if (!probe_context_) {
      Runtime& runtime = context_.runtime;
      probe_context_.reset(
          new ProbeContext{runtime.loop(), runtime.resolver(), family_.launcher(), this});
    }
    return make_probe(config, *probe_context_);
  };
}

Service::~Service() = default;

std::optional<SpawnFailure> Service::start() {
  forget_last();
  SpawnRequest request;
  if (auto failure = setup_.prepare(request, AbsentFiles::refused)) return failure;
  // A reload has changed restart.policy.
  if (const std::string missing = setup_.missing_descriptors(); !missing.empty())
    context_.log.warn("descriptors_missing").add("message", missing);
  attempt_ = std::make_unique<Attempt>(context_, family_, prober_, wake_up(), listener_);
  return attempt_->start(std::move(request));
}

void Service::over() { last_ = std::move(attempt_); }

void Service::forget_last() {
  if (attempt_) over();
  if (!last_) return;
  std::unique_ptr<Output> output = last_->release_output();
  if (output && !output->ended()) open_outputs_.push_back(std::move(output));
  last_.reset();
}

WakeUp* Service::wake_up() {
  if (!wake_ && Output::has_to_read(context_.config))
    wake_ = std::make_unique<WakeUp>(context_.runtime.loop(), [this] {
      const Log::Together lines(context_.log);
      if (attempt_) attempt_->on_output_news();
    });
  return wake_.get();
}

std::optional<AttemptView> Service::view() const {
  return attempt_ ? std::optional(attempt_->view()) : std::nullopt;
}

bool Service::output_goes_on() const {
  const auto goes_on = [](const Attempt* one) {
    return one != nullptr && one->output() != nullptr && !one->output()->ended();
  };
  return !open_outputs_.empty() || goes_on(attempt_.get()) || goes_on(last_.get());
}

void Service::restore_terminal() {
  if (attempt_) attempt_->restore_terminal();
  if (last_) last_->restore_terminal();
}

pid_t Service::pid() const { return attempt_ ? attempt_->pid() : -1; }

std::optional<std::string> Service::line_found(const LineProbe& probe) const {
  return output() ? output()->found(probe) : std::nullopt;
}

std::optional<Millis> Service::silent_for(const LineProbe& probe) const {
  const auto ready_at = attempt_ ? attempt_->ready_at() : std::nullopt;
  if (!output() || !ready_at) return std::nullopt;
  const auto heard = output()->heard_at(probe);
  return silence_of(monotonic_now(), *ready_at, heard, output()->on_its_way());
}

std::string Service::last_line() const {
  return output() ? output()->findings().last_line() : std::string();
}

void Service::listen_to_lines() const {
  if (output()) output()->want_line();
}

bool Service::notified_ready(const NotifyProbe& probe) const {
  return notification() && notification()->ready(probe);
}

std::string Service::notified_status() const {
  return notification() ? notification()->status() : std::string();
}

std::string Service::ready_value() const {
  return attempt_ ? attempt_->readiness().value() : std::string();
}

std::optional<Millis> Service::since_watchdog() const {
  return notification() ? notification()->since_watchdog() : std::nullopt;
}

}  // namespace usher
