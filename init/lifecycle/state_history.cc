#include "init/lifecycle/state_history.h"

namespace usher {

void StateHistory::enter(State state, Micros at) {
  present_.end = at;
  if (present_.service_ended || at - present_.begin >= kShortest) kept_[slot(count_++)] = present_;
  present_ = {};
  present_.state = state;
  present_.begin = at;
}

void StateHistory::service_ended(ServiceExit exit) {
  present_.service_ended = true;
  present_.exit = exit;
}

}  // namespace usher
