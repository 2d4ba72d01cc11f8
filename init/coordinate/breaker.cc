#include "init/coordinate/breaker.h"

#include "init/lifecycle/policy.h"

namespace usher {

Millis Breaker::failed(double draw) {
  now_ = State::open;
  if (failures_ != ~0U) ++failures_;
  return backoff_delay(backoff_, failures_, draw);
}

std::string_view to_string(Breaker::State state) {
  switch (state) {
    case Breaker::State::closed:
      return "closed";
    case Breaker::State::open:
      return "open";
    case Breaker::State::half_open:
      return "half_open";
  }
  return "unknown";
}

}  // namespace usher
