#include "probes/service_probe.h"

#include <utility>

#include "init/base/duration.h"
#include "init/base/text.h"
#include "probes/immediate_probe.h"

namespace usher {
namespace {

// Shared by those that ask about the service.
template <typename Config>
class ServiceLook : public ImmediateProbe {
 public:
  ServiceLook(const Config& config, ProbeContext& context)
      : ImmediateProbe(context.loop, target_text(config)),
        config_(config),
        service_(context.service) {}

 protected:
  ProbeResult look() final {
    if (service_ == nullptr) return misconfigured("only PID 1 can ask this about its service");
    return look_at(*service_);
  }
  virtual ProbeResult look_at(const ServiceView& service) = 0;

  const Config& config_;

 private:
  const ServiceView* const service_;
};

class LineLook final : public ServiceLook<LineProbe> {
  using ServiceLook::ServiceLook;
  ProbeResult look_at(const ServiceView& service) override {
    if (auto found = service.line_found(config_)) return passed(std::move(*found));
    const std::string last = service.last_line();
    if (last.empty()) return not_yet("nothing has been printed yet");
    return not_yet("no line has matched; the last one is " + in_quotes(last));
  }
};

class NotifyLook final : public ServiceLook<NotifyProbe> {
  using ServiceLook::ServiceLook;
  ProbeResult look_at(const ServiceView& service) override {
    if (!service.notified_ready(config_)) return failed(service, missing());
    const auto since = service.since_watchdog();
    if (config_.watchdog > Millis{0} && since && *since > config_.watchdog)
      return failed(service, "no WATCHDOG=1 for " + format_duration(*since) + ", watchdog is " +
                                 format_duration(config_.watchdog));
    return passed();
  }
  std::string missing() const {
    if (config_.fd < 0) return "it does not say READY=1";
    return "no newline on descriptor " + std::to_string(config_.fd);
  }
  static ProbeResult failed(const ServiceView& service, std::string why) {
    if (const std::string status = service.notified_status(); !status.empty())
      why += "; it says " + in_quotes(status);
    return not_yet(std::move(why));
  }
};

}  // namespace

std::unique_ptr<Probe> make(const LineProbe& config, ProbeContext& context) {
  return std::make_unique<LineLook>(config, context);
}

std::unique_ptr<Probe> make(const NotifyProbe& config, ProbeContext& context) {
  return std::make_unique<NotifyLook>(config, context);
}

std::string target_text(const LineProbe& config) {
  std::string text = config.on_stdout && config.on_stderr ? "stdout and stderr"
                     : config.on_stdout                   ? "stdout"
                                                          : "stderr";
  return text + (config.multiaddr ? " multiaddr" : " " + in_quotes(config.pattern));
}

std::string target_text(const NotifyProbe& config) {
  return config.fd < 0 ? "NOTIFY_SOCKET" : "descriptor " + std::to_string(config.fd);
}

}  // namespace usher
