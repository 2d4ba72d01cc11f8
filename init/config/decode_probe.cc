// The readers of probes: each kind reads its own keys, see probe_kind.h.
#include <algorithm>
#include <optional>
#include <utility>

#include "init/base/text.h"
#include "init/config/decode.h"
#include "init/config/probe_kind.h"
#include "init/config/reader.h"

namespace usher {
namespace {

using Kind = Value::Kind;

Site below(const Site& site, const Key& key) {
  return {site.context, key, site.path + '.' + std::string(key.path)};
}

// Null after saying why not, or where none is given.
const ProbeKind* read_kind(const Site& site, Value& value) {
  Value* const type = value.find("type");
  if (!type) return nullptr;
  Site here = below(site, probe_keys().front());
  const auto index = read_choice(here, *type);
  return index ? probe_kinds()[*index] : nullptr;
}

std::string names_of(const std::vector<std::pair<const ProbeKind*, const Key*>>& kinds) {
  std::string names;
  for (const auto& [kind, row] : kinds) names += (names.empty() ? "" : ", ") + in_quotes(kind->name);
  return names;
}

std::string names_before_start() {
  std::string names;
  for (const ProbeKind* const kind : probe_kinds())
    if (!kind->asks_service) names += (names.empty() ? "" : ", ") + in_quotes(kind->name);
  return names;
}

// Keys that no kind has; those of the kind are what may have been meant.
void check_names(const Site& site, const Value& value, const ProbeKind* kind) {
  Value unknown;
  for (const Member& member : value.members)
    if (member.name != "type" && kinds_with(member.name).empty()) unknown.members.push_back(member);
  std::vector<Key> known{probe_keys().front()};
  const Keys own = kind ? Keys(kind->keys) : probe_keys().subspan(1);
  known.insert(known.end(), own.begin(), own.end());
  read_table(site.context, unknown, known, site.path + '.', nullptr);
}

void read_settings(const Site& site, Value& value, const ProbeKind& kind, void* settings) {
  for (Member& member : value.members) {
    if (const Key* const key = find_key(kind, member.name)) {
      Site here = below(site, *key);
      key->read(here, member.value, settings);
    } else if (const auto others = kinds_with(member.name); !others.empty()) {
      site.context.problems.add(member.value.place, site.path + '.' + member.name,
                                "is not for probes of type " + in_quotes(kind.name) + "; only for " +
                                    names_of(others));
    }
  }
}

// Values of a probe whose type is not known, as in a template: wrong is what no kind could take.
void check_values(const Site& site, Value& value) {
  for (Member& member : value.members) {
    const auto kinds = kinds_with(member.name);
    const bool alike = std::all_of(kinds.begin(), kinds.end(), [&](const auto& each) {
      return each.second->type == kinds.front().second->type;
    });
    if (kinds.empty() || !alike) continue;
    Site here = below(site, *kinds.front().second);
    kinds.front().first->filled([&](void* settings) { here.key.read(here, member.value, settings); });
  }
}

// What is known only once the service is ready is put back into the texts: whether there is any.
bool put_back(Value& value) {
  bool late = !value.late.empty();
  if (late) {
    value.text = std::exchange(value.late, {});
    value.expanded = false;
  }
  for (Value& item : value.items) late |= put_back(item);
  for (Member& member : value.members) late |= put_back(member.value);
  return late;
}

// What "${ready.value}" or the like sets by itself is written down, to be read like any other text.
void write_late_defaults(Value& value, const ProbeKind& kind) {
  for (const Key& key : kind.keys)
    if (key.alias.starts_with("${") && !value.find(key.path))
      value.members.push_back({std::string(key.path), value.place, Value::of_text(key.alias, value.place)});
}

void read_probe(Site& site, Value& value, ProbeConfig& out);

// With ${ready.value} in its texts, of which the service's own kinds have no use: they are watched for
// from its start.
void read_probe_after_ready(const Site& site, Value& value, ProbeConfig& out) {
  constexpr Key kPlain = {.type = KeyType::probe};
  DecodeContext context = site.context;
  context.knows_ready = true;
  Site here{context, kPlain, site.path};
  read_probe(here, value, out);
  if (put_back(value) && out.kind()) out.set_late(to_toml(value, true));
}

void read_probe(Site& site, Value& value, ProbeConfig& out) {
  if (value.kind != Kind::table)
    return site.problem(value, "expected a table such as { type = \"stdout\", pattern = 'ready' }, got " +
                                   describe(value));
  const ProbeKind* const kind = read_kind(site, value);
  if (site.key.after_ready && !(kind && kind->asks_service)) {
    if (kind) write_late_defaults(value, *kind);
    return read_probe_after_ready(site, value, out);
  }
  check_names(site, value, kind);
  if (!kind) {
    check_values(site, value);
    if (!value.find("type")) require_keys(site, value, probe_keys().first(1));
    return;
  }
  if (site.key.before_start && kind->asks_service)
    return site.context.problems.add(
        value.find("type")->place, site.path + ".type",
        in_quotes(kind->name) + " asks the service itself, which does not run yet; expected one of " +
            names_before_start());
  out = kind->filled([&](void* settings) { read_settings(site, value, *kind, settings); });
  require_keys(site, value, kind->keys);
  if (std::string why = kind->problem(out, value, site.context.in_use); !why.empty())
    site.problem(value, std::move(why));
}

}  // namespace

std::pair<ProbeConfig, std::string> read_late_probe(const ProbeConfig& probe, const ReadyValue& ready) {
  constexpr Key kProbe = {.path = "probe", .type = KeyType::probe};
  std::optional<Value> value = read_toml_value(probe.late(), Place{});
  if (!value) return {{}, "it does not read back"};
  const auto take_as_given = [](Value& at, const auto& self) -> void {
    at.expanded = at.from_variable = at.kind == Kind::text && at.text.find('$') == at.text.npos;
    for (Value& item : at.items) self(item, self);
    for (Member& member : at.members) self(member.value, self);
  };
  take_as_given(*value, take_as_given);
  const Environment nothing(nullptr);
  Problems problems;
  DecodeContext context{problems, nothing};
  context.knows_ready = true;
  context.ready = &ready;
  Site site{context, kProbe, std::string(kProbe.path)};
  std::pair<ProbeConfig, std::string> late;
  read_probe(site, *value, late.first);
  if (const auto errors = problems.take(); !errors.empty())
    late.second = errors.front().key + ": " + errors.front().why;
  return late;
}

void read(Site& site, Value& value, ProbeConfig& out) { read_probe(site, value, out); }

void read(Site& site, Value& value, std::vector<ProbeConfig>& out) {
  std::vector<ProbeConfig> probes;
  if (value.kind != Kind::array) {
    probes.emplace_back();
    read_probe(site, value, probes.back());
  } else {
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      Site here{site.context, site.key, site.path + '[' + std::to_string(i) + ']'};
      probes.emplace_back();
      read_probe(here, value.items[i], probes.back());
    }
  }
  out = std::move(probes);
}

}  // namespace usher
