#include "init/app/control.h"

#include "init/app/world.h"
#include "init/base/signal_name.h"
#include "init/control/address.h"

namespace usher {

App::Control::Control(App& app) : app_(app), server_(app.world().loop, *this) {}

void App::Control::open(std::unique_ptr<ListeningSocket> socket) {
  const std::string problem = server_.open(std::move(socket));
  if (problem.empty()) return;
  app_.log_.warn("no_control")
      .add("socket", control_address(app_.config_.control.socket).text)
      .add("message",
           "cannot open the control socket: " + problem + "; control.socket names another");
}

ControlHost::Outcome App::Control::stop() {
  if (app_.finished_)
    app_.cut_last_words("usher stop");
  else
    app_.supervisor_.stop(StopCause::command);
  return {true, {}, true};
}

ControlHost::Outcome App::Control::restart() {
  const std::string state(to_string(phase_of(app_.supervisor_.state())));
  if (app_.descriptors_closed_ > 0)
    return {false, "cannot restart " + app_.config_.service.name + ": " + app_.descriptors_gone()};
  if (!app_.supervisor_.restart(RestartCause::command))
    return {false, "cannot restart " + app_.config_.service.name + " while it is " + state};
  app_.log_.info("restarting").add("by", "command");
  return {true, {}, true};
}

// Blocks for as long as reading some local files takes, as the start does.
ControlHost::Outcome App::Control::reload() {
  Loaded loaded = load_config(app_.source_);
  for (const ConfigError& error : loaded.errors)
    app_.log_.error("reload_failed").add("message", to_string(error));
  if (!loaded.errors.empty()) {
    const std::size_t more = loaded.errors.size() - 1;
    return {false, "nothing has changed: " + to_string(loaded.errors.front()) +
                       (more > 0 ? " (and " + std::to_string(more) + " more, see the log)" : "")};
  }
  app_.warn(loaded.warnings);
  return {true, app_.reload(std::move(loaded.config))};
}

ControlHost::Outcome App::Control::signal(int signo) {
  const std::string name = signal_name(signo);
  const int sent = rewritten(app_.config_.shutdown, signo);
  if (sent == 0) return {false, "shutdown.rewrite drops " + name};
  const bool runs = app_.service_ > 0;
  const bool stop = asks_for_stop(app_.config_.shutdown, signo, runs);
  const std::string service =
      runs ? app_.config_.service.name + ", pid " + std::to_string(app_.service_) : "";
  if (stop && app_.finished_)
    app_.cut_last_words(name);
  else
    app_.supervisor_.signal(signo);
  if (stop) return {true, {}, true};
  if (!runs) return {false, "no service runs that could take " + name};
  return {true, signal_name(sent) + " has been sent to " + service};
}

}  // namespace usher
