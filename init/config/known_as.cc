#include "init/config/known_as.h"

#include <algorithm>
#include <string>

#include "init/base/text.h"

namespace usher {
namespace {

constexpr KnownAs kNames[] = {
    {"args", "service.command"},
    {"cmd", "service.command"},
    {"entrypoint", "service.command"},
    {"exec", "service.command"},
    {"execstart", "service.command"},
    {"cwd", "service.workdir"},
    {"directory", "service.workdir"},
    {"workingdir", "service.workdir"},
    {"workingdirectory", "service.workdir"},
    {"env", "service.environment"},
    {"envs", "service.environment"},
    {"variables", "service.environment"},
    {"envfile", "service.environment_files"},
    {"envfiles", "service.environment_files"},
    {"environmentfile", "service.environment_files"},
    {"group", "service.user"},
    {"runas", "service.user"},
    {"uid", "service.user"},
    {"ulimits", "service.limits"},
    {"rlimits", "service.limits"},
    {"after", "dependency"},
    {"dependencies", "dependency"},
    {"dependson", "dependency"},
    {"requires", "dependency"},
    {"waitfor", "dependency"},
    {"ready", "readiness"},
    {"readinessprobe", "readiness.probe"},
    {"startupprobe", "readiness.probe"},
    {"check", "health"},
    {"checks", "health"},
    {"healthcheck", "health"},
    {"healthchecks", "health"},
    {"liveness", "health"},
    {"livenessprobe", "health"},
    {"killsignal", "shutdown.sequence"},
    {"stopsignal", "shutdown.signals"},
    {"graceperiod", "shutdown.timeout"},
    {"stopgraceperiod", "shutdown.timeout"},
    {"stoptimeout", "shutdown.timeout"},
    {"terminationgraceperiodseconds", "shutdown.timeout"},
    {"timeoutstopsec", "shutdown.timeout"},
    {"stop", "shutdown"},
    {"execstartpre", "hooks.pre_start"},
    {"prestart", "hooks.pre_start"},
    {"poststart", "hooks.post_ready"},
    {"prestop", "hooks.pre_stop"},
    {"execstoppost", "hooks.post_stop"},
    {"attempts", "startup.retries"},
    {"startretries", "startup.retries"},
    {"autorestart", "restart.policy"},
    {"exitcodes", "exit.remap"},
    {"logging", "log"},
    {"prometheus", "metrics"},
    {"tracing", "traces"},
};

}  // namespace

std::span<const KnownAs> names_elsewhere() { return {kNames, std::size(kNames)}; }

std::string_view known_as(std::string_view name) {
  std::string plain = to_lower(name);
  std::erase_if(plain, [](char c) { return c == '_' || c == '-'; });
  const auto found = std::find_if(std::begin(kNames), std::end(kNames),
                                  [&](const KnownAs& each) { return each.name == plain; });
  return found == std::end(kNames) ? std::string_view() : found->key;
}

}  // namespace usher
