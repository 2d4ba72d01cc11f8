// What usher's own exit codes mean: the one table, of which `usher help` makes its paragraph and `usher schema
// --restart-rules` what Kubernetes reads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "init/lifecycle/policy.h"

namespace usher {

// Whether it may go better another time, with nothing changed. `unknown`: that depends on the service.
enum class Retry : std::uint8_t { helps, never_helps, unknown };

struct ExitCodeRow {
  int code;
  std::string_view meaning;
  Retry retry = Retry::unknown;
};

inline constexpr ExitCodeRow kExitCodes[] = {
    {exit_code::kUsage, "command line", Retry::never_helps},
    {exit_code::kConfig, "configuration", Retry::never_helps},
    {exit_code::kDependency, "dependency", Retry::helps},
    {exit_code::kNotReady, "never ready", Retry::helps},
    {exit_code::kEndedBeforeReady, "ended before ready"},
    {exit_code::kUnhealthy, "unhealthy"},
    {exit_code::kLifetime, "lifecycle.timeout"},
    {exit_code::kSystem, "refused by the system", Retry::helps},
    {exit_code::kHook, "pre_start hook"},
    {exit_code::kInternal, "internal"},
    {exit_code::kCannotExecute, "cannot execute"},
    {exit_code::kNotFound, "not found"},
    {137, "killed after shutdown.timeout"},
};

// For `usher help`: lines that fit.
std::string exit_code_summary();

// restartPolicyRules of a container and podFailurePolicy of a Job, as YAML.
std::string restart_rules();

}  // namespace usher
