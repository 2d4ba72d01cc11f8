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
  void open(std::unique_ptr<ListeningSocket> socket);
  // Something that a snapshot shows is different.
  void changed() { server_.changed(); }
  // The state is `exited`: the last call.
  void end() { server_.end(); }

 private:
  Snapshot snapshot() override { return app_.status(); }
  void measure(Snapshot& snapshot) override;
  std::string metrics() override { return app_.metrics(MetricsText::Format::openmetrics); }
  Outcome stop() override;
  Outcome restart() override;
  Outcome reload() override;
  Outcome signal(int signo) override;

  App& app_;
  ControlServer server_;
};

}  // namespace usher
