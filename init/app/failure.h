// Remembers what was seen of what can end the life, for the words that say why it has failed.
#pragma once

#include <functional>
#include <string>

#include "init/app/audience.h"
#include "init/app/dependency_wait.h"
#include "init/app/hooks.h"
#include "init/app/service.h"
#include "init/lifecycle/ending.h"

namespace usher {

class Failure final : public LifeListener {
 public:
  // All of them outlive it.
  Failure(const Config& config, const Service& service, const DependencyWait& dependencies, const Hooks& hooks)
      : config_(config), service_(service), dependencies_(dependencies), hooks_(hooks) {}

  void moved(const Transition& transition, const Facts& facts) override;
  void check_failed(const std::string& seen) { seen_.check = seen; }
  void killing(const std::string& left) { seen_.left = left; }
  // Empty where the life has not failed.
  std::string detail(const Verdict& verdict, const Life& life) const;

 private:
  const Config& config_;
  const Service& service_;
  const DependencyWait& dependencies_;
  const Hooks& hooks_;
  LastSeen seen_;
};

}  // namespace usher
