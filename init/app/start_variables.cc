#include "init/app/start_variables.h"

#include "init/base/json.h"
#include "init/base/utc.h"

namespace usher {

std::vector<std::pair<std::string, std::string>> start_variables(
    unsigned attempt, std::chrono::system_clock::time_point now,
    const std::vector<Dependencies::State>& dependencies) {
  std::vector<std::pair<std::string, std::string>> variables{{"USHER_ATTEMPT", std::to_string(attempt)},
                                                             {"USHER_STARTED_AT", utc_text(now)}};
  if (dependencies.empty()) return variables;
  std::string took;
  JsonObject object(took);
  for (const Dependencies::State& one : dependencies)
    object.add(one.name, std::int64_t{one.after.count() / 1000});
  object.end();
  variables.emplace_back("USHER_DEPENDENCIES_MS", std::move(took));
  return variables;
}

}  // namespace usher
