// What a changed configuration can do for a service that runs already.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "init/config/config.h"

namespace usher {

// When a changed key comes into force.
enum class Effect : std::uint8_t {
  now,         // the service is not touched
  next_start,  // when the service is started again, by `usher restart` or by itself
  never,       // when usher is: with a new container
};

struct Change {
  std::string_view key;  // or the table, where that is taken as a whole
  Effect effect;
};

// The keys whose values differ, in the order of the reference.
std::vector<Change> changes(const Config& running, const Config& fresh);

// Copies the keys that may come into force now, or with a start of the service (`effect`), and
// leaves all others where they are in memory: others may look at them.
void take(Config& running, const Config& fresh, Effect effect);

// One line for whoever asked for the reload.
std::string describe(const std::vector<Change>& changes);

// For the test that no key is forgotten: whether some row of the plan is about it.
bool reload_knows(std::string_view key);

}  // namespace usher
