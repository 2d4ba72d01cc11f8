// What those who ask again and again have been told of health, so that only news is told at once: the
// same answer is held for as long as it has been true since, up to the limit that they name.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "init/control/protocol.h"

namespace usher {

class ToldHealth {
 public:
  // How long an answer is to be held; no time for news, which counts as told with that.
  Millis hold(const ControlRequest& request, Health health, std::chrono::microseconds now);
  void tell(const ControlRequest& request, Health health, std::chrono::microseconds now);

 private:
  bool told_ = false;
  std::vector<std::string> checks_;
  CheckLevel level_ = CheckLevel::ready;
  Health health_ = Health::coming;
  std::chrono::microseconds since_{0};
};

}  // namespace usher
