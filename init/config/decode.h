// From values to the members of Config: every reader checks one value, says what is wrong with it,
// or stores it. What a reader has expanded stays expanded in the value, for `usher check --print`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "init/config/config.h"
#include "init/config/expand.h"
#include "init/config/keys.h"
#include "init/config/value.h"

namespace usher {

struct DecodeContext {
  Problems& problems;
  const Environment& environment;
  // A value that is not in use (of another profile, or overridden) is not checked where it needs a
  // variable that is not set.
  bool in_use = true;
  // Where files of secrets may be absent: who hears of those that are.
  std::vector<std::string>* absent_files = nullptr;
  // Whether ${ready.value} means something; as long as there is none an example stands in its place.
  bool knows_ready = false;
  const ReadyValue* ready = nullptr;
};

// One value being read: where it stands and what is expected there.
struct Site {
  DecodeContext& context;
  const Key& key;
  std::string path;  // as the author wrote it: profile.ci.readiness.probe[1].pattern

  // Of a value with a secret in it nothing is quoted.
  void problem(const Value& value, std::string why) {
    if (value.from_file)
      why = why.starts_with("expected ") ? why.substr(0, why.find(", got ")) + ", got something else in the file"
                                         : "cannot use what the file holds";
    context.problems.add(value.place, path, std::move(why));
  }
};

// Reads what `table` holds of `keys` into `record`, and reports what no key knows. `prefix` is the
// path of the table for messages, "" or ending in a dot.
void read_table(DecodeContext& context, Value& table, Keys keys, std::string_view prefix,
                void* record);

// The text of a value that should be one, expanded; null after saying why not.
const std::string* read_text(Site& site, Value& value, std::string_view expected);

// Reports what an element in use lacks: the keys that are needed, and texts of them left empty.
void require_keys(Site& site, const Value& element, Keys keys);

std::optional<std::size_t> read_choice(Site& site, Value& value);

void read(Site& site, Value& value, std::string& out);
void read(Site& site, Value& value, bool& out);
void read(Site& site, Value& value, std::optional<bool>& out);
void read(Site& site, Value& value, unsigned& out);
void read(Site& site, Value& value, std::uint64_t& out);
void read(Site& site, Value& value, double& out);
void read(Site& site, Value& value, Millis& out);
void read(Site& site, Value& value, std::optional<std::uint32_t>& out);
void read(Site& site, Value& value, std::optional<Capabilities>& out);
void read(Site& site, Value& value, std::vector<std::string>& out);
void read(Site& site, Value& value, std::vector<int>& out);
void read(Site& site, Value& value, std::vector<StopStep>& out);
void read(Site& site, Value& value, std::vector<ResourceLimit>& out);
void read(Site& site, Value& value, std::vector<std::pair<int, int>>& out);
void read(Site& site, Value& value, TlsSettings& out);
// The same, or true or false, where nothing else says whether TLS is spoken.
void read(Site& site, Value& value, std::optional<TlsSettings>& out);
void read(Site& site, Value& value, ProbeConfig& out);
void read(Site& site, Value& value, std::vector<ProbeConfig>& out);
void read(Site& site, Value& value, std::vector<DependencyConfig>& out);
void read(Site& site, Value& value, std::vector<HealthConfig>& out);
void read(Site& site, Value& value, std::vector<HookCommand>& out);
void read(Site& site, Value& value, std::map<std::string, std::string>& out);
void read(Site& site, Value& value, std::map<int, int>& out);

template <typename Enum>
  requires std::is_enum_v<Enum>
void read(Site& site, Value& value, Enum& out) {
  if (const auto index = read_choice(site, value)) out = static_cast<Enum>(*index);
}

template <typename Enum>
  requires std::is_enum_v<Enum>
void read(Site& site, Value& value, std::optional<Enum>& out) {
  if (const auto index = read_choice(site, value)) out = static_cast<Enum>(*index);
}

template <typename Record, typename Member>
Record record_of(Member Record::*);

// A Key::read that follows pointers to members: into<&Config::shutdown, &ShutdownConfig::timeout>.
template <auto First, auto... Rest>
void into(Site& site, Value& value, void* record) {
  auto& outermost = static_cast<decltype(record_of(First))*>(record)->*First;
  read(site, value, (outermost.*....*Rest));
}

// The timeout of a hook and the interval of a dependency that name none: load_config puts
// hooks.timeout and readiness.interval in its place.
inline constexpr Millis kInherited{-1};

}  // namespace usher
