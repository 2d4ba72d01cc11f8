// Tells what Alerts decides: in the log, and to the hook and the webhook.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "init/app/alert_sender.h"
#include "init/observe/alerts.h"

namespace usher {

class Alerting {
 public:
  // What stands in each message besides the alert.
  struct Sender {
    std::string service, instance;
    std::function<std::string_view()> state;
    std::function<void()> changed;  // something is active now, or is no longer
  };

  // All of them outlive it.
  Alerting(Runtime& runtime, Log& log, Family& family, const AlertsConfig& config, Sender sender,
           AlertSender::Prepare prepare);

  void take(AlertKind kind, bool holds, std::string seen);
  // Nothing more comes with time alone.
  void end() { next_.cancel(); }
  const Alerts& alerts() const { return alerts_; }
  AlertSender& sender() { return sender_; }
  const AlertSender& sender() const { return sender_; }

 private:
  void tell(const std::vector<Alerts::News>& news);
  void tell(const Alerts::News& news);
  void log(const Alerts::News& news);
  std::string json(const Alerts::News& news, std::string_view status) const;

  Log& log_;
  Sender here_;
  Alerts alerts_;
  Timer next_;
  AlertSender sender_;
};

}  // namespace usher
