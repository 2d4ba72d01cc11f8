#include "init/config/keys.h"

#include <array>

#include "init/base/text.h"
#include "init/config/rows_observe.h"
#include "init/config/rows_start.h"
#include "init/config/rows_stop.h"

namespace usher {
namespace {

template <std::size_t... N>
constexpr auto joined(const Key (&... parts)[N]) {
  std::array<Key, (N + ...)> all;
  std::size_t at = 0;
  const auto append = [&](const auto& part) {
    for (const Key& key : part) all[at++] = key;
  };
  (append(parts), ...);
  return all;
}

constexpr auto kKeys = joined(rows::kStart, rows::kStop, rows::kObserve);

constexpr Table kTables[] = {
    {"service", "What is run, and as whom."},
    {"dependency", "What the service needs before it starts: all are waited for at once."},
    {"readiness", "When the service counts as ready. Without it: as soon as it runs."},
    {"readiness.publish.redis", "What usher tells others when the service is ready."},
    {"health", "How the service is watched once it is ready. Nothing acts during a start or a stop."},
    {"startup", "What happens when the service does not become ready."},
    {"startup.backoff", "The pauses between start attempts."},
    {"shutdown", "How the service is stopped."},
    {"shutdown.cleanup", "What is removed after the stop."},
    {"hooks", "Commands around the life of the service. Their output goes to stderr."},
    {"lifecycle", "The limit of the whole life."},
    {"restart", "What happens when the service ends after it was ready."},
    {"exit", "What usher's exit code says."},
    {"report", "The report of the whole run."},
    {"log", "What usher says about itself."},
    {"control", "The socket by which a running usher is asked and told."},
    {"metrics", "Figures for Prometheus."},
    {"traces", "The life of the service as a trace, for OpenTelemetry."},
    {"resources", "How often to look at what the service and its container use."},
    {"alerts", "When somebody is told that something is wrong, and that it is over."},
    {"tls", "What connections over TLS are made with, where their place does not say it itself."},
    {"coordination", "The registry in Redis from which one usher can tell how all services are."},
};

}  // namespace

std::span<const Table> tables() { return {kTables, std::size(kTables)}; }
Keys keys() { return {kKeys.data(), kKeys.size()}; }

const Key* find_key(std::string_view path) {
  for (const Key& key : kKeys)
    if (key.path == path) return &key;
  return nullptr;
}

const Key* find_map_key(std::string_view path) {
  for (const Key& key : kKeys)
    if (is_map(key.type) && path.size() > key.path.size() + 1 && path[key.path.size()] == '.' &&
        path.starts_with(key.path))
      return &key;
  return nullptr;
}

using enum KeyType;

bool is_map(KeyType type) {
  return type == fields || type == environment || type == limits || type == rewrite ||
         type == remap || type == headers || type == labels;
}

bool is_list(KeyType type) {
  return type == paths || type == texts || type == signals || type == exit_codes || type == capabilities || type == steps ||
         type == statuses;
}

bool is_tables(KeyType type) { return type == dependencies || type == checks; }

bool settable_by_environment(const Key& key) {
  return !is_map(key.type) && !is_tables(key.type) && key.type != argv && key.type != tls && key.type != probe &&
         key.type != probes && key.type != hooks;
}

std::string variable_name(const Key& key) {
  std::string out = "USHER_" + to_upper(key.path);
  for (char& c : out)
    if (c == '.') c = '_';
  return out;
}

bool is_variable_of(const Key& key, std::string_view variable) {
  constexpr std::string_view kPrefix = "USHER_";
  if (variable.size() != kPrefix.size() + key.path.size() || !variable.starts_with(kPrefix))
    return false;
  for (std::size_t i = 0; i < key.path.size(); ++i) {
    const char c = key.path[i];
    const bool lower = c >= 'a' && c <= 'z';
    const char wanted = c == '.' ? '_' : lower ? static_cast<char>(c - 'a' + 'A') : c;
    if (variable[kPrefix.size() + i] != wanted) return false;
  }
  return true;
}

}  // namespace usher
