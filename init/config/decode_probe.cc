// The readers of probes: each kind reads its own keys, see probe_kind.h.
#include <algorithm>

#include "init/base/text.h"
#include "init/config/decode.h"
#include "init/config/probe_kind.h"

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

void read_probe(Site& site, Value& value, ProbeConfig& out) {
  if (value.kind != Kind::table)
    return site.problem(value, "expected a table such as { type = \"stdout\", pattern = 'ready' }, got " +
                                   describe(value));
  const ProbeKind* const kind = read_kind(site, value);
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
