#include "init/cli/system.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "init/base/controls.h"
#include "init/base/json.h"
#include "init/base/utc.h"
#include "init/cli/child_watch.h"
#include "init/cli/reach.h"
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
constexpr std::string_view kHealthy = "healthy", kDone = "done", kFailed = "failed";

constexpr milliseconds kAnswerLimit{5'000};

struct Place {
  CoordinationConfig config;
  std::string problem;
};

Place place_of_configuration() {
  LoadRequest request;
  request.file = default_config_file(environ);
  request.environment = environ;
  request.need_command = false;
  request.read_file = read_configured_file;
  Loaded loaded = load_config(request);
  if (!loaded.errors.empty()) return {{}, to_string(loaded.errors.front())};
  CoordinationConfig& coordination = loaded.config.coordination;
  coordination.tls = coordination.tls.over(loaded.config.tls);
  if (!coordination.redis.empty()) return {std::move(coordination), {}};
  return {{}, "coordination.redis is not set in " +
                  (request.file.empty() ? "the environment, and there is no configuration file"
                                        : request.file)};
}

// On a machine with several ushers the one that is reached may be of another system, unless it is
// PID 1, beside which there is no other.
Place find_place() {
  Place place = place_of_configuration();
  ControlRequest request;
  request.ask = Ask::coordination;
  const ControlAnswer answer = ask_usher(request, milliseconds{0}, kAnswerLimit);
  if (!answer.problem.empty() || (place.problem.empty() && !answer.pid_1)) return place;
  CoordinationConfig theirs = coordination_from(answer.json);
  if (theirs.redis.empty()) return {{}, "coordination.redis is not set in the configuration of usher"};
  if (!parse_redis_url(theirs.redis).problem.empty()) return place;
  return {std::move(theirs), {}};
}

// Within what the clock can count, whatever somebody has written.
system_clock::time_point time_of(std::int64_t ms) {
  constexpr std::int64_t kLast = 9'000'000'000'000;
  ms = std::clamp(ms, std::int64_t{0}, kLast);

  return system_clock::time_point(milliseconds(ms));
}

bool has_ended(const RegistryEntry& entry) { return entry.state == "exited"; }

std::string named(const RegistryEntry& entry) {
  const std::string state = has_ended(entry) ? "has failed" : "is " + entry.state;
  return entry.service + " on " + entry.instance + ' ' + state +
         (entry.reason.empty() ? "" : ": " + entry.reason);
}

std::string_view colour_of(const RegistryEntry& entry) {
  if (entry.health == kHealthy) return kGreen;
  if (has_ended(entry) && entry.health != kFailed) return kDim;
  return entry.state == "unhealthy" || has_ended(entry) ? kRed : kYellow;
}

using Entries = std::vector<RegistryEntry>;

// What an instance of the service that was started later has made up for is over.
bool is_replaced(const RegistryEntry& ended, const Entries& all) {
  return std::any_of(all.begin(), all.end(), [&](const RegistryEntry& one) {
    return one.service == ended.service && !has_ended(one) && one.started_ms >= ended.since_ms;
  });
}

bool is_bad(const RegistryEntry& entry, const Entries& all) {
  if (!has_ended(entry)) return entry.health != kHealthy;
  return entry.health == kFailed && !is_replaced(entry, all);
}

// Empty where the service is there, has done its work, or is told of by its failure.
std::string why_missing(const std::string& service, const Entries& all) {
  const RegistryEntry* stopped = nullptr;
  for (const RegistryEntry& one : all) {
    if (one.service != service) continue;
    if (!has_ended(one) || one.health == kDone || one.health == kFailed) return {};
    stopped = &one;
  }
  return service + " is missing" + (stopped ? ": it has been stopped on " + stopped->instance : "");
}

std::string count_of(std::size_t number) {
  return std::to_string(number) + (number == 1 ? " service is healthy" : " services are healthy");
}

std::string list_of(const std::vector<std::string>& texts) {
  constexpr std::size_t kMost = 8;
  std::string list;
  for (std::size_t i = 0; i < std::min(texts.size(), kMost); ++i) list += (i > 0 ? "; " : "") + texts[i];
  const std::size_t more = texts.size() - std::min(texts.size(), kMost);
  return list + (more > 0 ? " (and " + std::to_string(more) + " more)" : "");
}

}  // namespace

SystemServices read_system() {
  const auto [coordination, missing] = find_place();
  if (!missing.empty()) return {{}, missing, {}};
  SystemServices services;
  services.expects = coordination.expects;

  Loop loop;
  if (loop.error() != 0) return {{}, "cannot make an event loop", {}};
  Resolver resolver(loop);
  const RedisUrl url =
      redis_server(coordination.redis, coordination.user, coordination.password).with(coordination.tls);
  Children children([](SpawnRequest&) { return std::string(); });
  ChildWatch watch(loop, children, [](int) {});
  if (url.tls && watch.start() != 0) return {{}, "cannot receive signals", {}};
  const TlsSettings none;
  resolver.set_tls({&children, &none, nullptr});
  std::optional<RegistryReader> reader(std::in_place, loop, resolver, url, coordination.space);
  Timer soon(loop);
  // What speaks TLS for us is not left to whoever started us.
  std::function<void(unsigned)> leave = [&](unsigned looks_left) {
    reader.reset();
    if (children.idle() || looks_left == 0) return loop.stop();
    soon.start(milliseconds{5}, [&, looks_left] { leave(looks_left - 1); });
  };
  reader->read(kReadLimit, [&](std::vector<RegistryEntry> entries, std::string problem) {
    if (!problem.empty()) problem = url.display() + ": " + problem;
    services.entries = std::move(entries);
    services.problem = std::move(problem);
    constexpr unsigned kLooks = 200;
    soon.start(milliseconds{0}, [&] { leave(kLooks); });
  });
  loop.run();
  return services;
}

SystemHealth judge_system(const SystemServices& services) {
  if (!services.problem.empty()) return {false, services.problem};
  const auto& all = services.entries;
  std::vector<std::string> wrong;
  for (const std::string& service : services.expects)
    if (std::string why = why_missing(service, all); !why.empty()) wrong.push_back(std::move(why));
  for (const RegistryEntry& entry : all)
    if (is_bad(entry, all)) wrong.push_back(named(entry));
  if (!wrong.empty()) return {false, list_of(wrong)};
  if (all.empty()) return {false, "no service is registered"};
  const auto ended = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), has_ended));
  if (ended == 0) return {true, count_of(all.size())};
  const std::string rest = std::to_string(ended) + (ended == 1 ? " has ended" : " have ended");
  if (ended < all.size()) return {true, count_of(all.size() - ended) + ", " + rest};
  // Nobody is left who could be asked for anything; only what was expected can be said to be well.
  return {!services.expects.empty(), "no service is up, " + rest};
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
    JsonObject object(out);
    object.add("service", entry.service)
        .add("instance", entry.instance)
        .add("state", entry.state)
        .add("since", utc_text(time_of(entry.since_ms)))
        .add("healthy", entry.health == kHealthy)
        .add("reason", entry.reason)
        .add("ready_value", entry.value)
        .add("attempt", entry.attempt)
        .add("restarts", entry.restarts);
    if (has_ended(entry)) object.add("ended", entry.health).add("exit_code", entry.exit_code);
    object.end();
  }
  return out + ']';
}

}  // namespace usher
