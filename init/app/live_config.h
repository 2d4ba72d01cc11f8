// The configuration that is in force, and the one that waits for the next start of the service.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "init/config/config.h"
#include "init/config/load.h"

namespace usher {

class LiveConfig {
 public:
  LiveConfig(Config config, LoadRequest source)
      : now_(std::move(config)), source_(std::move(source)) {}

  const Config& now() const { return now_; }
  const LoadRequest& source() const { return source_; }

  // What `usher reload` has read: takes what may change now, keeps the rest for the next start, and
  // says in one line what that is. `changed` is told of the configuration before.
  std::string take(Config fresh, const std::function<void(const Config& before)>& changed);
  // A start begins, and with it what had to wait for one.
  void take_next(const std::function<void(const Config& before)>& changed);

 private:
  Config now_;
  LoadRequest source_;
  std::unique_ptr<Config> next_;  // since a reload
};

}  // namespace usher
