// The table of keys. Parsing, overrides, `usher check`, `usher schema` and the reference page all
// read it; a new key is a new row, a new table or array of tables is a new row with rows of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "init/config/config.h"

namespace usher {

struct Site;
struct Value;

// What may stand behind a key. The member it lands in has the C++ type that fits.
enum class KeyType : std::uint8_t {
  text,
  name,           // of a service or a check, in logs and metrics
  user,           // name or uid[:gid]
  path,           // absolute
  log_target,     // a path or the number of a descriptor
  pattern,        // POSIX extended regular expression
  redis_url,
  http_url,
  endpoint,       // host:port
  socket,         // absolute, or @name
  listen,         // address:port or unix:/path
  variable,       // the name of one
  boolean,
  integer,
  number,
  duration,
  size,           // of memory
  choice,
  umask,
  paths,          // a list of them, absolute
  texts,          // a list of them, none empty
  signals,        // a list of signals that can be received
  exit_codes,     // a list of them
  capabilities,   // likewise
  steps,          // signal, duration, signal ...
  argv,
  fields,         // a table of texts, whole numbers and booleans
  environment,    // the same, with the names of variables
  limits,
  rewrite,
  remap,
  headers,        // of a request
  labels,         // as Prometheus names them
  statuses,       // of a response: numbers and ranges
  tls,            // a table with the keys of [tls]
  probe,
  probes,         // one or a list
  hooks,
  dependencies,   // [[dependency]]
  checks,         // [[health]]
};

using Choices = std::span<const std::string_view>;

template <std::size_t N>
constexpr Choices one_of(const std::string_view (&names)[N]) {
  return {names, N};
}

struct Key {
  std::string_view path{};  // shutdown.timeout; inside an element of a list, from there on
  KeyType type = KeyType::text;
  std::string_view fallback{};  // the default, as TOML that is JSON too; empty where there is none
  std::string_view help{};      // one sentence, for the reference and for editors
  // Checks a value and puts it where it belongs in `record`, a Config or an element of a list.
  void (*read)(Site& site, Value& value, void* record) = nullptr;
  double least = 0, most = 0;  // of integer and number; of duration in milliseconds, 0: a year
  Choices choices{};           // in the order of the enum that it becomes
  // A variable that sets it too, beside USHER_<TABLE>_<KEY>; "${ready.value}": of a probe that is asked when
  // the service is ready.
  std::string_view alias{};
  std::span<const Key> (*element)() = nullptr;  // the keys of an element, where there are elements
  bool needed = false;        // of an element or a probe that cannot do without it
  bool before_start = false;  // of a probe: it is asked before the service runs
  bool after_ready = false;   // of a probe: it is asked when the service is ready
};

using Keys = std::span<const Key>;

struct Table {
  std::string_view path;
  std::string_view help;
};

std::span<const Table> tables();  // in the order of the reference
Keys keys();          // of the file
Keys tls_keys();         // of a value of the type tls
Keys hook_keys();        // of an element of hooks.*
Keys dependency_keys();  // of an element of dependency
Keys health_keys();      // of an element of health

const Key* find_key(std::string_view path);
// The key whose path `path` goes beyond: exit.remap for exit.remap.143. Null if there is none.
const Key* find_map_key(std::string_view path);

bool is_map(KeyType type);   // a table with names of the author's own
bool is_list(KeyType type);  // texts, which a variable gives with commas between
bool is_tables(KeyType type);  // elements with names, merged by them
bool settable_by_environment(const Key& key);
std::string variable_name(const Key& key);  // USHER_SHUTDOWN_TIMEOUT
bool is_variable_of(const Key& key, std::string_view name);

}  // namespace usher
