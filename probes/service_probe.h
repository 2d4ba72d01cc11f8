// What the probes have in common that look at what is known of the service.
#pragma once

#include <string>

#include "probes/context.h"
#include "probes/immediate_probe.h"

namespace usher {

template <typename Config>
class ServiceProbe : public ImmediateProbe {
 public:
  ServiceProbe(const Config& config, ProbeContext& context, std::string target)
      : ImmediateProbe(context.loop, std::move(target)), config_(config), service_(context.service) {}

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

}  // namespace usher
