// What the control socket may ask of the App.
#pragma once

#include <string>

#include "init/app/app.h"
#include "init/control/server.h"

namespace usher {

class App::Control final : public ControlHost {
 public:
  explicit Control(App& app);

  // A service is better off without the socket than without its supervisor: what is wrong is
  // logged, and nothing else happens.
  void open();
  // Something that a snapshot shows is different.
  void changed() { server_.changed(); }
  // The state is `exited`: the last call.
  void end() { server_.end(); }

 private:
  Snapshot snapshot() override;
  void measure(Snapshot& snapshot) override;
  std::string metrics() override { return app_.metrics(MetricsText::Format::openmetrics); }
  Outcome stop() override;
  Outcome restart() override;
  Outcome reload() override;
  Outcome signal(int signo) override;

  void add_checks(Snapshot& snapshot) const;
  void add_dependencies(Snapshot& snapshot) const;
  void add_alerts(Snapshot& snapshot) const;
  std::string reason(const Snapshot& snapshot) const;

  App& app_;
  ControlServer server_;
};

}  // namespace usher
