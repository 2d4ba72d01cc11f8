#include "init/cli/system.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include "init/base/controls.h"
#include "init/base/json.h"
#include "init/base/utc.h"
#include "init/config/load.h"
#include "init/coordinate/registry_reader.h"
#include "init/net/resolver.h"
#include "init/os/clock.h"
#include "init/os/configured_path.h"

namespace usher {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr milliseconds kReadLimit{5'000};
constexpr std::string_view kHealthy = "healthy";

std::string problem_of(const LoadRequest& request, const Loaded& loaded) {
  if (!loaded.errors.empty()) return to_string(loaded.errors.front());
  if (!loaded.config.coordination.redis.empty()) return {};
  return "coordination.redis is not set in " +
         (request.file.empty() ? "the environment, and there is no configuration file"
                               : request.file);
}

// Within what the clock can count, whatever somebody has written.
system_clock::time_point time_of(std::int64_t ms) {
  constexpr std::int64_t kLast = 9'000'000'000'000;
  ms = std::clamp(ms, std::int64_t{0}, kLast);

  return system_clock::time_point(milliseconds(ms));
}

std::string named(const RegistryEntry& entry) {
  return entry.service + " on " + entry.instance + " is " + entry.state +
         (entry.reason.empty() ? "" : ": " + entry.reason);
}

std::string_view colour_of(const RegistryEntry& entry) {
  if (entry.health == kHealthy) return kGreen;
  return entry.state == "unhealthy" || entry.state == "exited" ? kRed : kYellow;
}

}  // namespace

SystemServices read_system() {
  LoadRequest request;
  request.file = default_config_file(environ);
  request.environment = environ;
  request.need_command = false;
  request.read_file = read_configured_file;
  const Loaded loaded = load_config(request);
  SystemServices services;
  services.problem = problem_of(request, loaded);
  if (!services.problem.empty()) return services;

  Loop loop;
  if (loop.error() != 0) return {{}, "cannot make an event loop"};
  Resolver resolver(loop);
  const CoordinationConfig& coordination = loaded.config.coordination;
  const RedisUrl url = redis_server(coordination.redis, coordination.user, coordination.password);
  RegistryReader reader(loop, resolver, url, coordination.space);
  reader.read(kReadLimit, [&](std::vector<RegistryEntry> entries, std::string problem) {
    if (!problem.empty()) problem = url.display() + ": " + problem;
    services = {std::move(entries), std::move(problem)};
    loop.stop();
  });
  loop.run();
  return services;
}

SystemHealth judge_system(const SystemServices& services) {
  if (!services.problem.empty()) return {false, services.problem};
  const auto& all = services.entries;
  if (all.empty()) return {false, "no service is registered"};
  const auto is_bad = [](const RegistryEntry& entry) { return entry.health != kHealthy; };
  const auto bad = std::find_if(all.begin(), all.end(), is_bad);
  if (bad == all.end())
    return {true, all.size() == 1 ? "1 service is healthy"
                                  : std::to_string(all.size()) + " services are healthy"};
  const auto more = std::count_if(bad, all.end(), is_bad) - 1;
  return {false, named(*bad) + (more > 0 ? " (and " + std::to_string(more) + " more)" : "")};
}

SystemHealth wait_for_system(milliseconds wait) {
  constexpr milliseconds kFirstPause{50}, kLongestPause{2'000};
  const auto deadline = monotonic_now() + wait;
  for (milliseconds pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    SystemHealth health = judge_system(read_system());
    const auto left = std::chrono::floor<milliseconds>(deadline - monotonic_now());
    if (health.healthy || left <= milliseconds{0}) return health;
    ::poll(nullptr, 0, static_cast<int>(std::min(pause, left).count()));
  }
}

std::string system_table(const std::vector<RegistryEntry>& entries, system_clock::time_point now,
                         TableStyle style) {
  std::vector<TableLine> lines{{{"SERVICE", kDim},
                                {"STATE", kDim},
                                {"HEALTH", kDim},
                                {"FOR", kDim},
                                {"INSTANCE", kDim},
                                {"VALUE", kDim},
                                {"SAYS", kDim}}};
  for (const RegistryEntry& entry : entries) {
    const auto age = std::chrono::floor<milliseconds>(now - time_of(entry.since_ms));
    lines.push_back({{escape_controls(entry.service), kBold},
                     {escape_controls(entry.state), colour_of(entry)},
                     {escape_controls(entry.health), colour_of(entry)},
                     {brief(std::max(age, milliseconds{0}))},
                     {escape_controls(entry.instance)},
                     {escape_controls(entry.value)},
                     {escape_controls(entry.reason)}});
  }
  return aligned(lines, style);
}

std::string system_json(const std::vector<RegistryEntry>& entries) {
  std::string out = "[";
  for (const RegistryEntry& entry : entries) {
    if (out.size() > 1) out += ',';
    JsonObject(out)
        .add("service", entry.service)
        .add("instance", entry.instance)
        .add("state", entry.state)
        .add("since", utc_text(time_of(entry.since_ms)))
        .add("healthy", entry.health == kHealthy)
        .add("reason", entry.reason)
        .add("ready_value", entry.value)
        .add("attempt", entry.attempt)
        .add("restarts", entry.restarts)
        .end();
  }
  return out + ']';
}

}  // namespace usher
