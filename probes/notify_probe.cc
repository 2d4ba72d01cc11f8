// The service says itself that it is ready, and that it still lives.
#include <utility>

#include "init/base/duration.h"
#include "init/base/text.h"
#include "init/config/decode.h"
#include "probes/kind.h"
#include "probes/service_probe.h"

namespace usher {
namespace {

std::string target_text(const NotifyProbe& config) {
  return config.fd < 0 ? "NOTIFY_SOCKET" : "descriptor " + std::to_string(config.fd);
}

class NotifyLook final : public ServiceProbe<NotifyProbe> {
 public:
  NotifyLook(const NotifyProbe& config, ProbeContext& context)
      : ServiceProbe(config, context, target_text(config)) {}

 private:
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

void read_fd(Site& site, Value& value, void* record) {
  unsigned fd = 0;
  read(site, value, fd);
  if (fd != 0) static_cast<NotifyProbe*>(record)->fd = static_cast<int>(fd);
}

constexpr Key kKeys[] = {
    {.path = "fd",
     .type = KeyType::integer,
     .help = "The descriptor on which the service writes a newline, as with s6; by default it speaks "
             "to systemd's NOTIFY_SOCKET.",
     .read = read_fd,
     .least = 3,
     .most = 1023},
    {.path = "watchdog",
     .type = KeyType::duration,
     .fallback = R"("0s")",
     .help = "The longest time between two WATCHDOG=1; 0 asks for none.",
     .read = into<&NotifyProbe::watchdog>},
};

std::string problem_of(const NotifyProbe& probe, const Value& written, bool) {
  return written.find("fd") && probe.watchdog > Millis{0}
             ? "a descriptor has no watchdog; watchdog needs systemd's NOTIFY_SOCKET"
             : "";
}

constexpr ProbeKindOf<NotifyProbe> kKind({
    .name = "notify",
    .keys = kKeys,
    .asks_service = true,
    .problem = problem_of,
    .target = target_text,
    .make = make_run<NotifyLook, NotifyProbe>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& notify = kKind;
}
const ProbeKind& probe_kind_of(const NotifyProbe&) { return kKind; }

}  // namespace usher
