#include "init/app/control.h"

#include <malloc.h>

#include <utility>

#include "init/base/signal_name.h"
#include "init/control/address.h"
#include "init/text/redis_url.h"

namespace usher {

void Control::bind() {
  const ControlConfig& config = context_.config.control;
  if (config.enabled && !context_.dialect.stands_in()) socket_ = open_control_socket(config.socket);
}

void Control::open() {
  if (!socket_) return;
  server_ = std::make_unique<ControlServer>(context_.runtime.loop(), *this);
  const std::string problem = server_->open(std::move(socket_));
  if (problem.empty()) return;
  context_.log.warn("no_control")
      .add("socket", control_address(context_.config.control.socket).text)
      .add("message",
           "cannot open the control socket: " + problem + "; control.socket names another");
}

void Control::changed() {
  if (server_) server_->changed();
}

void Control::end() {
  socket_.reset();  // with its name, where nobody has been served yet
  if (server_) server_->end();
}

CoordinationConfig Control::coordination(bool with_secrets) {
  CoordinationConfig config = context_.config.coordination;
  config.tls = config.tls.over(context_.config.tls);
  if (with_secrets) return config;
  if (!config.redis.empty()) config.redis = parse_redis_url(config.redis).url.display();
  config.user.clear();
  config.password.clear();
  return config;
}

ControlHost::Outcome Control::stop() {
  if (is_over())
    parts_.farewell.cut("given up on usher stop");
  else
    parts_.supervisor.stop(StopCause::command);
  return {true, {}, true};
}

ControlHost::Outcome Control::restart() {
  const std::string& service = context_.config.service.name;
  const std::string state(to_string(phase_of(parts_.supervisor.state())));
  if (const std::string missing = parts_.setup.missing_descriptors(); !missing.empty())
    return {false, "cannot restart " + service + ": " + missing};
  if (!parts_.supervisor.restart(RestartCause::command))
    return {false, "cannot restart " + service + " while it is " + state};
  context_.log.info("restarting").add("by", "command");
  return {true, {}, true};
}

// Blocks for as long as reading some local files takes, as the start does.
ControlHost::Outcome Control::reload() {
  Log& log = context_.log;
  Loaded loaded = load_config(parts_.live.source());
  for (const ConfigError& error : loaded.errors)
    log.error("reload_failed").add("message", to_string(error));
  if (!loaded.errors.empty()) {
    const std::size_t more = loaded.errors.size() - 1;
    return {false, "nothing has changed: " + to_string(loaded.errors.front()) +
                       (more > 0 ? " (and " + std::to_string(more) + " more, see the log)" : "")};
  }
  for (const std::string& warning : loaded.warnings) log.warn("config").add("message", warning);
  const std::string text = parts_.live.take(std::move(loaded.config), parts_.config_changed);
  log.info("reloaded").add("message", text);
  ::malloc_trim(0);  // reading files takes much memory, once
  return {true, text};
}

ControlHost::Outcome Control::signal(int signo) {
  const ShutdownConfig& shutdown = context_.config.shutdown;
  const std::string name = signal_name(signo);
  const int sent = rewritten(shutdown, signo);
  if (sent == 0) return {false, "shutdown.rewrite drops " + name};
  const bool runs = parts_.service.runs();
  const bool stop = asks_for_stop(shutdown, signo, runs);
  const std::string service =
      runs ? context_.config.service.name + ", pid " + std::to_string(parts_.service.attempt()->main_pid())
           : "";
  if (stop && is_over())
    parts_.farewell.cut("given up on " + name);
  else
    parts_.supervisor.signal(signo);
  if (stop) return {true, {}, true};
  if (!runs) return {false, "no service runs that could take " + name};
  return {true, signal_name(sent) + " has been sent to " + service};
}

}  // namespace usher
