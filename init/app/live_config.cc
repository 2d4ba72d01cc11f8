#include "init/app/live_config.h"

#include <algorithm>
#include <utility>

#include "init/config/reload.h"

namespace usher {

std::string LiveConfig::take(Config fresh, const std::function<void(const Config&)>& changed) {
  const std::vector<Change> found = changes(now_, fresh);
  const Config before = now_;
  usher::take(now_, fresh, Effect::now);
  const bool more = std::any_of(found.begin(), found.end(), [](const Change& change) {
    return change.effect == Effect::next_start;
  });
  next_ = more ? std::make_unique<Config>(std::move(fresh)) : nullptr;
  changed(before);
  return describe(found);
}

void LiveConfig::take_next(const std::function<void(const Config&)>& changed) {
  if (!next_) return;
  const Config before = now_;
  usher::take(now_, *next_, Effect::next_start);
  next_.reset();
  changed(before);
}

}  // namespace usher
