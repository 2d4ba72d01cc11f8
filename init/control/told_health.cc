#include "init/control/told_health.h"

#include <algorithm>

namespace usher {

Millis ToldHealth::hold(const ControlRequest& request, Health health,
                        std::chrono::microseconds now) {
  if (told_ && health_ == health && checks_ == request.checks && level_ == request.level)
    return std::min(request.hold, std::chrono::duration_cast<Millis>(now - since_));
  tell(request, health, now);
  return Millis{0};
}

void ToldHealth::tell(const ControlRequest& request, Health health,
                      std::chrono::microseconds now) {
  if (request.hold == Millis{0}) return;  // nobody who asks again
  told_ = true;
  checks_ = request.checks;
  level_ = request.level;
  health_ = health;
  since_ = now;
}

}  // namespace usher
