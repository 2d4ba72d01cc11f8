// Healthy or not, for whoever asks: the whole service, or some of its checks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "init/control/snapshot.h"

namespace usher {

enum class Health : std::uint8_t {
  healthy,
  unhealthy,
  coming,  // not yet: it is on its way up. Not healthy, but one who can wait should
};

struct HealthAnswer {
  Health health = Health::unhealthy;
  std::string text;                      // one line, at most kHealthTextMost bytes
  std::vector<const CheckView*> checks;  // that were asked for, inside the snapshot
};

// Docker keeps 4096 bytes of what a health check prints.
inline constexpr std::size_t kHealthTextMost = 2048;

// A name is that of a check, or of the service and means all of it, as no name at all does. With
// several, each of them has to be healthy. All of it means the checks of a level, and those that it
// includes; the text says which level that was.
HealthAnswer answer_health(const Snapshot& snapshot, const std::vector<std::string>& names,
                           CheckLevel level = CheckLevel::ready);

}  // namespace usher
