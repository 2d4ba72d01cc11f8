#include "probes/late_probe.h"

#include <optional>
#include <utility>

#include "init/base/text.h"
#include "init/text/ready_value.h"
#include "probes/answer.h"

namespace usher {
namespace {

class LateRun final : public Probe {
 public:
  LateRun(const ProbeConfig& config, ProbeContext& context)
      : config_(config), context_(context), target_(late_target_of(config)), answer_(context.loop) {}

  void start(std::chrono::milliseconds timeout, Done done) override {
    auto problem = make();
    if (!problem) return probe_->start(timeout, std::move(done));
    answer_.expect(timeout, std::move(done), nullptr);
    answer_.give_later(std::move(*problem));
  }
  const std::string& target() const override { return probe_ ? probe_->target() : target_; }

 private:
  // The probe, where it is not there yet for the present value; or what is in the way.
  std::optional<ProbeResult> make() {
    if (context_.service == nullptr) return misconfigured("only PID 1 knows what readiness has found");
    std::string found = context_.service->ready_value();
    if (probe_ && found == found_) return std::nullopt;
    probe_.reset();
    found_ = std::move(found);
    if (found_.empty()) return not_yet("readiness has found no value so far, and ${ready.value} is asked for");
    auto [now, problem] = read_late_probe(config_, parse_ready_value(found_));
    if (!problem.empty())
      return misconfigured("cannot be asked with " + in_quotes(found_) + ", which readiness has found: " +
                           problem.substr(0, problem.find(", got ")));
    now_ = std::move(now);
    probe_ = now_.kind()->make(now_, context_);
    return std::nullopt;
  }

  const ProbeConfig& config_;
  ProbeContext& context_;
  const std::string target_;
  Answer answer_;
  std::string found_;
  ProbeConfig now_;
  std::unique_ptr<Probe> probe_;  // goes before its settings
};

}  // namespace

std::unique_ptr<Probe> make_late_probe(const ProbeConfig& config, ProbeContext& context) {
  return std::make_unique<LateRun>(config, context);
}

std::string late_target_of(const ProbeConfig& config) {
  return std::string(config.kind()->name) + " of what readiness finds";
}

}  // namespace usher
