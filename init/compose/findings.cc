#include "init/compose/findings.h"

#include <algorithm>
#include <set>

#include "init/base/duration.h"
#include "init/base/text.h"
#include "init/text/http_url.h"
#include "init/text/redis_url.h"

namespace usher {
namespace {

constexpr Millis kDockerGrace{10'000};

// The host that a probe asks; empty for those that ask no other one.
std::string host_of(const ProbeConfig& probe) {
  if (const auto* const redis = std::get_if<RedisProbe>(&probe)) return parse_redis_url(redis->url).url.host;
  if (const auto* const tcp = std::get_if<TcpProbe>(&probe)) return tcp->host;
  if (const auto* const grpc = std::get_if<GrpcProbe>(&probe)) return grpc->host;
  const auto* const http = std::get_if<HttpProbe>(&probe);
  return http ? parse_http_url(http->url).url.host : "";
}

// Whether something is still to be sent when the service has gone.
bool has_last_words(const Config& config) {
  return !config.metrics.push.empty() || !config.alerts.hook.empty() || !config.alerts.webhook.empty() ||
         (config.traces.enabled && !config.traces.endpoint.empty());
}

class Findings {
 public:
  Findings(const ComposeStack& stack, const ComposeConfigs& configs) : stack_(stack), configs_(configs) {}

  std::vector<ConfigError> run() {
    for (const ComposeService& service : stack_.services) {
      const auto config = configs_.find(service.name);
      if (config != configs_.end()) {
        check_grace(service, config->second);
        check_init(service);
        check_health(service, config->second);
        check_own_dependencies(service, config->second);
      }
      check_depends_on(service, config == configs_.end() ? nullptr : &config->second);
    }
    return std::move(found_);
  }

 private:
  void add(const ComposePlace& place, const ComposeService& service, std::string_view key, std::string why) {
    std::string path = "services." + service.name;
    if (!key.empty()) path += '.' + std::string(key);
    found_.push_back({place.file, place.line, place.column, std::move(path), std::move(why)});
  }

  void check_grace(const ComposeService& service, const Config& config) {
    const auto& given = service.stop_grace_period;
    if (given && !given->text) return;  // a variable that only Compose knows
    const auto grace = given ? parse_duration(*given->text) : kDockerGrace;
    const Millis more = has_last_words(config) ? config.shutdown.last_words : Millis{0};
    if (grace && *grace > config.shutdown.timeout + more) return;
    std::string ours = "shutdown.timeout is " + format_duration(config.shutdown.timeout);
    if (more > Millis{0}) ours += ", shutdown.last_words " + format_duration(more) + " on top of it";
    if (!given)
      return add(service.place, service, "",
                 ours + ", and without a stop_grace_period the engine kills after 10s; set one above it");
    add(given->place, service, "stop_grace_period",
        grace ? ours + ", so the engine may kill first; give it more than that"
              : "expected a duration such as \"40s\", got " + in_quotes(*given->text));
  }

  void check_init(const ComposeService& service) {
    if (service.init && service.init->text && to_lower(*service.init->text) == "true")
      add(service.init->place, service, "init",
          "usher is an init itself; leave this out, or it runs below another one");
  }

  void check_health(const ComposeService& service, const Config& config) {
    if (config.service.type == ServiceType::job || has_healthcheck(service)) return;
    const std::string_view what = service.no_healthcheck ? "is switched off"
                                  : service.dockerfile   ? "is missing, here and in the Dockerfile"
                                                         : "is missing here, and no Dockerfile shows one";
    add(service.no_healthcheck ? *service.healthcheck : service.place, service, "healthcheck",
        std::string(what) +
            R"(, so the engine does not know when it is ready; for example test: ["CMD", "/usher", )"
            R"("health", "--wait"])");
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

  // Naming what nobody waits for.
  void check_depends_on(const ComposeService& service, const Config* config) {
    for (const auto& [name, dependency] : service.depends_on) {
      const ComposeService* const target = stack_.find(name);
      if (!target) {
        add(dependency.place, service, "depends_on", "there is no service " + in_quotes(name));
      } else if (dependency.condition == "service_healthy") {
        const bool unknown = !target->healthcheck && !target->dockerfile && !configs_.contains(name);
        if (!has_healthcheck(*target) && !unknown)
          add(dependency.place, service, "depends_on." + name,
              "waits for health, but " + in_quotes(name) + " has no health check");
      } else if (dependency.condition == "service_started" && !waits_for(config, *target)) {
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

  bool waits_for(const Config* config, const ComposeService& target) const {
    return config != nullptr &&
           std::any_of(config->dependencies.begin(), config->dependencies.end(),
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
    }
    return false;
  }

  const ComposeStack& stack_;
  const ComposeConfigs& configs_;
  std::vector<ConfigError> found_;
};

}  // namespace

std::vector<ConfigError> find_contradictions(const ComposeStack& stack, const ComposeConfigs& configs) {
  return Findings(stack, configs).run();
}

}  // namespace usher
