// The wait for what the service depends on, and what is known of it afterwards.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "init/app/context.h"
#include "init/app/dependencies.h"
#include "init/control/snapshot.h"

namespace usher {

class DependencyWait {
 public:
  // `changed` hears of every attempt. All outlive it.
  DependencyWait(const Context& context, const MakeProbe& make, std::function<void()> changed)
      : context_(context), make_(make), changed_(std::move(changed)) {}

  // Waits for those that this start of the service, which may be the first, wants. `done` is called
  // once, from the loop; false: none is wanted, and `done` will not be called.
  bool begin(bool first_start, std::function<void(Dependencies::Outcome)> done);
  // The state is left, perhaps before the wait was over.
  void end();

  // As they are, or as they were when the wait was over.
  std::vector<Dependencies::State> states() const;
  std::vector<DependencyView> views() const;
  std::vector<std::pair<std::string, std::string>> exports() const { return exports_; }

 private:
  Context context_;
  const MakeProbe& make_;
  std::function<void()> changed_;
  std::vector<DependencyConfig> wanted_;
  std::unique_ptr<Dependencies> waiting_;
  std::vector<Dependencies::State> last_;
  std::vector<std::pair<std::string, std::string>> exports_;
};

}  // namespace usher
