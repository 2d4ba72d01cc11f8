// What usher was given for the sake of its service, and when it lets go of it.
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "init/app/app.h"
#include "init/app/world.h"
#include "init/os/fd.h"

namespace usher {

// Its descriptors, and the directory.
void App::let_go() {
  if (!std::exchange(let_go_, true)) {
    char directory[4096];
    if (::getcwd(directory, sizeof directory) != nullptr) first_directory_ = directory;
    static_cast<void>(::chdir("/") == 0);
  }
  if (service_ > 0 && !may_start_again()) descriptors_closed_ += close_inherited_descriptors();
}

bool App::may_start_again() const {
  const auto restarts = [](const HealthConfig& check) {
    return check.on_failure == OnFailure::restart;
  };
  return config_.restart.policy != RestartPolicy::never ||
         std::any_of(config_.health.begin(), config_.health.end(), restarts) ||
         (config_.readiness.configured() && !supervisor_.life().ever_ready);
}

std::string App::descriptors_gone() const {
  return "usher has closed what it was given for it besides 0, 1 and 2 (" +
         std::to_string(descriptors_closed_) +
         " open), since it was to be started once; it keeps them with restart.policy "
         "\"on-failure\" "
         "or \"always\"";
}

}  // namespace usher
