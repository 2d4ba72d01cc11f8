// What every process of ours is started with, but for its program and its descriptors: user,
// environment, directory, limits. And what usher was given for the sake of its service, until it
// gives that up.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "init/app/context.h"
#include "init/lifecycle/policy.h"
#include "init/os/environment.h"
#include "init/os/identity.h"
#include "init/os/signals.h"
#include "init/os/spawn.h"

namespace usher {

class ProcessSetup {
 public:
  using Variables = std::vector<std::pair<std::string, std::string>>;

  // `environment` is what usher was given.
  ProcessSetup(const Context& context, InheritedSignals inherited, const char* const* environment)
      : context_(context), inherited_(inherited), environment_(environment) {}

  // Fills in the request, which this outlives; or logs what is wrong and returns what that means.
  std::optional<SpawnFailure> prepare(SpawnRequest& request, AbsentFiles absent);
  // The same for what does not need environment files that are not there. Returns what is wrong.
  std::string prepare_helper(SpawnRequest& request);
  // Of dependencies, for all that is started from now on.
  void export_variables(Variables variables) { exports_ = std::move(variables); }
  // Of a start of the service, for all that is started from now on.
  void start_variables(Variables variables) { start_ = std::move(variables); }
  // Asked for TRACEPARENT at each start.
  void trace_parent(std::function<std::string()> asked) { trace_parent_ = std::move(asked); }
  // Another configuration may name another user.
  void config_changed() { identity_.reset(); }

  // Leaves the directory that usher was started in, once; processes are started there all the same.
  void leave_directory();
  bool has_left_directory() const { return has_left_; }
  // Closes what usher was given besides 0, 1 and 2, which a service that has been started has.
  void close_descriptors();
  // Empty as long as another start would have them all; else why it cannot.
  std::string missing_descriptors() const;

 private:
  std::optional<SpawnFailure> find_user();

  Context context_;
  InheritedSignals inherited_;
  const char* const* environment_;
  Variables exports_, start_;
  std::function<std::string()> trace_parent_;
  std::optional<Identity> identity_;
  std::string first_directory_;
  bool has_left_ = false;
  unsigned closed_ = 0;
};

// Whether the service, which has been started, may be started once more by itself. Pure.
bool may_start_again(const Config& config, const Life& life);

}  // namespace usher
