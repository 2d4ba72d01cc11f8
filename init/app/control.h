// What the control socket may ask: how the service is, and what people want of it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "init/app/audience.h"
#include "init/app/context.h"
#include "init/app/farewell.h"
#include "init/app/live_config.h"
#include "init/app/service.h"
#include "init/control/server.h"

namespace usher {

class Control final : public ControlHost, public LifeListener {
 public:
  // What commands are passed on to.
  struct Parts {
    Supervisor& supervisor;
    const Service& service;
    const ProcessSetup& setup;
    Farewell& farewell;
    LiveConfig& live;
    std::function<void(const Config& before)> config_changed;
    std::function<Status()> status;
    std::function<void(Snapshot&)> measure;  // adds what takes a look at all processes
    std::function<std::string()> metrics;    // as OpenMetrics
  };

  // All of them outlive it.
  Control(const Context& context, Parts parts) : context_(context), parts_(std::move(parts)) {}

  // Before the service runs, which could take the address for itself and answer in our place.
  void bind();
  // Answers from now on. A service is better off without the socket than without its supervisor:
  // what is wrong is logged, and nothing else happens.
  void open();
  void changed() override;
  // The state is `exited`: the last call.
  void end();

  // ControlHost
  Snapshot snapshot() override { return parts_.status(); }
  void measure(Snapshot& snapshot) override { parts_.measure(snapshot); }
  std::string metrics() override { return parts_.metrics(); }
  CoordinationConfig coordination(bool with_secrets) override;
  Outcome stop() override;
  Outcome restart() override;
  Outcome reload() override;
  Outcome signal(int signo) override;

 private:
  bool is_over() const { return parts_.supervisor.state() == State::exited; }

  Context context_;
  Parts parts_;
  std::unique_ptr<ListeningSocket> socket_;  // until it is opened
  std::unique_ptr<ControlServer> server_;
};

}  // namespace usher
