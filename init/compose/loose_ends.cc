#include <algorithm>
#include <set>

#include "init/base/text.h"
#include "init/compose/findings.h"
#include "init/config/probe_kind.h"

namespace usher {
namespace {

class LooseEnds {
 public:
  LooseEnds(const ComposeStack& stack, const ComposeConfigs& configs, ComposeNotes& notes)
      : stack_(stack), configs_(configs), notes_(notes) {}

  void run() {
    for (const ComposeService& service : stack_.services) {
      const auto config = configs_.find(service.name);
      if (config != configs_.end()) check_own_dependencies(service, config->second);
      if (config != configs_.end()) check_expected(service, config->second);
      check_depends_on(service, config == configs_.end() ? nullptr : &config->second);
    }
  }

 private:
  void add(const ComposePlace& place, const ComposeService& service, std::string_view key, std::string why) {
    notes_.errors.push_back({place.file, place.line, place.column,
                             "services." + service.name + '.' + std::string(key), std::move(why)});
  }

  // Waiting for what nobody has started. Where no service depends on another, as in a stack of Swarm's,
  // all are started together.
  void check_own_dependencies(const ComposeService& service, const Config& config) {
    const bool ordered = std::any_of(stack_.services.begin(), stack_.services.end(),
                                     [](const ComposeService& any) { return !any.depends_on.empty(); });
    if (!ordered) return;
    for (const DependencyConfig& dependency : config.dependencies) {
      const ComposeService* const target = reached_by(host_of(dependency.probe));
      if (!target || target->name == service.name || started_before(service, target->name)) continue;
      add(service.place, service, "depends_on",
          "lacks " + in_quotes(target->name) + ", which usher waits for as dependency " +
              in_quotes(dependency.name) + "; nothing starts it together with this service");
    }
  }

  // Who is expected in the registry has to come by that name. Each is told once, for who says so first.
  void check_expected(const ComposeService& service, const Config& config) {
    for (const std::string& name : config.coordination.expects)
      if (!registers_as(name) && told_.insert(name).second)
        add(service.place, service, "coordination.expects",
            in_quotes(name) + " is none of the Compose file's services, or has no coordination.redis");
  }

  // What stands in an image that nobody sees here is believed.
  bool registers_as(const std::string& name) const {
    return std::any_of(stack_.services.begin(), stack_.services.end(), [&](const ComposeService& service) {
      const auto config = configs_.find(service.name);
      if (config == configs_.end() || config->second.service.name.empty()) return service.name == name;
      return config->second.service.name == name && !config->second.coordination.redis.empty();
    });
  }

  // Naming what nobody waits for. How services without usher wait is their own business.
  void check_depends_on(const ComposeService& service, const Config* config) {
    for (const auto& [name, dependency] : service.depends_on) {
      const ComposeService* const target = stack_.find(name);
      if (!target && !dependency.required) continue;
      if (!target) {
        add(dependency.place, service, "depends_on", "there is no service " + in_quotes(name));
      } else if (dependency.condition == "service_healthy") {
        const bool off = target->healthcheck && target->healthcheck->disabled;
        const bool unknown = !off && !target->dockerfile && !configs_.contains(name);
        if (!has_healthcheck(*target) && !unknown)
          add(dependency.place, service, "depends_on." + name,
              "waits for health, but " + in_quotes(name) + " has no health check");
      } else if (dependency.condition == "service_started" && config && !waits_for(*config, *target)) {
        add(dependency.place, service, "depends_on." + name,
            "is only started first, not waited for; add condition: service_healthy, or a "
            "[[dependency]] of usher's");
      }
    }
  }

  const ComposeService* reached_by(const std::string& host) const {
    for (const ComposeService& service : stack_.services)
      if (!host.empty() && std::find(service.hosts.begin(), service.hosts.end(), host) != service.hosts.end())
        return &service;
    return nullptr;
  }

  bool waits_for(const Config& config, const ComposeService& target) const {
    return std::any_of(config.dependencies.begin(), config.dependencies.end(),
                       [&](const DependencyConfig& dependency) {
                         return reached_by(host_of(dependency.probe)) == &target;
                       });
  }

  // By depends_on, over any number of steps.
  bool started_before(const ComposeService& service, const std::string& wanted) const {
    std::set<std::string> seen;
    std::vector<const ComposeService*> open{&service};
    while (!open.empty()) {
      const ComposeService* const at = open.back();
      open.pop_back();
      if (!at || !seen.insert(at->name).second) continue;
      for (const auto& [name, dependency] : at->depends_on) {
        if (name == wanted) return true;
        open.push_back(stack_.find(name));
      }
      for (const std::string& name : at->started_with) {
        if (name == wanted) return true;
        open.push_back(stack_.find(name));
      }
    }
    return false;
  }

  const ComposeStack& stack_;
  const ComposeConfigs& configs_;
  ComposeNotes& notes_;
  std::set<std::string> told_;  // of who is expected
};

}  // namespace

void find_loose_ends(const ComposeStack& stack, const ComposeConfigs& configs, ComposeNotes& notes) {
  LooseEnds(stack, configs, notes).run();
}

}  // namespace usher
