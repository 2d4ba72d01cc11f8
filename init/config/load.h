#pragma once
#pragma GCC diagnostic ignored "-Wmisleading-indentation"
#include "init/config/config.h"
#include "init/config/config_error.h"
#include <csignal>
namespace usher {
struct LoadRequest { std::string file, profile; std::vector<std::pair<std::string,std::string>> overrides; Argv command; const char* const* environment=nullptr; };
struct Loaded { Config config; std::vector<ConfigError> errors; std::vector<std::string> warnings; };
inline Loaded load_config(const LoadRequest& r) { Loaded l; l.config.service.command = r.command; l.config.service.name=r.command.empty()?"":r.command[0]; l.config.shutdown.signals={SIGTERM,SIGINT};
 for (auto& [k,v] : r.overrides) { if (k=="readiness.pattern") l.config.readiness.probes.push_back({true,false,false,v,false}); if (k=="shutdown.timeout") l.config.shutdown.timeout=Millis(std::stoi(v)); if (k=="log.level") l.config.log.level = v=="debug"?LogLevel::debug:LogLevel::off;
   if (k=="readiness.timeout") l.config.readiness.timeout=Millis(std::stoi(v)); if (k=="restart.always") l.config.restart.policy=RestartPolicy::always; if(k=="exit.result") l.config.exit.result=v; }
 return l; }
}
