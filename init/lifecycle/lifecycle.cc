#include "init/lifecycle/lifecycle.h"

namespace usher {

std::string_view to_string(State state) noexcept {
  switch (state) {
    case State::waiting: return "waiting";
    case State::preparing: return "preparing";
    case State::starting: return "starting";
    case State::ready: return "ready";
    case State::unhealthy: return "unhealthy";
    case State::delaying: return "delaying";
    case State::pre_stop: return "pre_stop";
    case State::stopping: return "stopping";
    case State::draining: return "draining";
    case State::killing: return "killing";
    case State::flushing: return "flushing";
    case State::backoff: return "backoff";
    case State::post_stop: return "post_stop";
    case State::exited: return "exited";
  }
  return "?";
}

std::string_view to_string(Event event) noexcept {
  switch (event) {
    case Event::satisfied: return "satisfied";
    case Event::hooks_over: return "hooks_over";
    case Event::hooks_failed: return "hooks_failed";
    case Event::became_ready: return "became_ready";
    case Event::failing: return "failing";
    case Event::recovered: return "recovered";
    case Event::stop: return "stop";
    case Event::restart: return "restart";
    case Event::gone: return "gone";
    case Event::empty: return "empty";
    case Event::again: return "again";
    case Event::over: return "over";
    case Event::step: return "step";
    case Event::limit: return "limit";
  }
  return "?";
}

std::string_view to_string(Phase phase) noexcept {
  switch (phase) {
    case Phase::waiting: return "waiting";
    case Phase::starting: return "starting";
    case Phase::ready: return "ready";
    case Phase::unhealthy: return "unhealthy";
    case Phase::backoff: return "backoff";
    case Phase::stopping: return "stopping";
    case Phase::exited: return "exited";
  }
  return "?";
}

}  // namespace usher
