#include "init/app/narrator.h"

#include <utility>

#include "init/base/duration.h"
#include "init/base/signal_name.h"

namespace usher {

void Narrator::moved(const Transition& t, const Facts& facts) {
  Log& log = context_.log;
  if (t.act == Act::illegal)
    log.warn("unexpected").add("state", to_string(t.from)).add("fact", to_string(t.on));
  else if (log.wants(LogLevel::debug))
    log.debug("state").add("from", to_string(t.from)).add("on", to_string(t.on)).add("to", to_string(t.to));
  if (t.from == State::starting && t.on == Event::limit) not_ready(facts);
  if (t.on != Event::stop || phase_of(t.from) == Phase::stopping) return;
  stop_ = facts.life.stop;
  missing_ = ends_late_start(t, facts.life) ? missing_for_start(t.from, facts) : std::string();
}

void Narrator::failed(const Verdict& verdict, const std::string& detail) {
  context_.log.error("failed")
      .add("reason", to_string(verdict.reason))
      .add("exit_code", verdict.code)
      .add("message", detail);
}

// Names what was waited for and the setting that says how long.
void Narrator::not_ready(const Facts& facts) {
  const Attempt* const attempt = service_.attempt();
  auto line = context_.log.error("not_ready");
  line.add("message", not_ready_text(facts.config, facts.attempt ? facts.attempt->missing : ""));
  if (attempt == nullptr || !attempt->readiness().waits_for_line()) return;
  const std::string last = service_.last_line();
  // Many programs collect what they print into blocks when they print to a pipe.
  line.add("last_line", last.empty() ? "none; does the service buffer its output?" : last);
}

void Narrator::settled() {
  if (stop_) stopping();
  stop_.reset();
}

void Narrator::stopping() {
  auto line = context_.log.info("stopping");
  line.add("by", to_string(stop_->cause));
  if (stop_->cause == StopCause::lifetime)
    line.add("message", "lifecycle.timeout is " + format_duration(context_.config.lifecycle.timeout) +
                            (missing_.empty() ? "" : "; it was not ready: " + missing_));
  if (stop_->cause == StopCause::signal) line.add("signal", signal_name(stop_->signo));
  const ShutdownConfig& shutdown = context_.config.shutdown;
  line.add("limit_ms", std::int64_t{shutdown.timeout.count()});
  if (!shutdown.timeout_given && stop_->cause != StopCause::lifetime)
    line.add("message", "what is left after " + format_duration(shutdown.timeout) +
                            " is killed, by default; shutdown.timeout may allow more");
}

void Narrator::draining(int signo, const std::string& names) {
  context_.log.info("draining").add("signal", signal_name(signo)).add("left", names);
}

std::string Narrator::killing(const std::string& names) {
  const ShutdownConfig& shutdown = context_.config.shutdown;
  const bool wanted = !service_.runs() && shutdown.stragglers == Stragglers::kill;
  const std::string limit = format_duration(shutdown.timeout);
  context_.log.warn("killing").add("left", names).add(
      "message", wanted ? "shutdown.stragglers is kill" : "shutdown.timeout is " + limit);
  if (wanted) return {};
  return "still there " + limit + " after the stop began" + (names.empty() ? "" : ": " + names);
}

}  // namespace usher
