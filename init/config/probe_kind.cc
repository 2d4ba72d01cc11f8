#include "init/config/probe_kind.h"

#include <algorithm>

#include "init/config/decode.h"

namespace usher {
namespace {

Choices kind_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const ProbeKind* const kind : probe_kinds()) all.push_back(kind->name);
    return all;
  }();
  return names;
}

// It is read by itself, before the kind is known that all other rows belong to.
void pass_over(Site&, Value&, void*) {}

}  // namespace

const ProbeKind* find_probe_kind(std::string_view name) {
  for (const ProbeKind* const kind : probe_kinds())
    if (kind->name == name) return kind;
  return nullptr;
}

Keys probe_keys() {
  static const std::vector<Key> keys = [] {
    std::vector<Key> all{{.path = "type",
                          .type = KeyType::choice,
                          .help = "The kind of probe.",
                          .read = pass_over,
                          .choices = kind_names(),
                          .needed = true}};
    for (const ProbeKind* const kind : probe_kinds())
      for (const Key& key : kind->keys)
        if (std::none_of(all.begin(), all.end(), [&](const Key& any) { return any.path == key.path; }))
          all.push_back(key);
    return all;
  }();
  return keys;
}

std::vector<std::pair<const ProbeKind*, const Key*>> kinds_with(std::string_view key) {
  std::vector<std::pair<const ProbeKind*, const Key*>> found;
  for (const ProbeKind* const kind : probe_kinds())
    if (const Key* const row = find_key(*kind, key)) found.emplace_back(kind, row);
  return found;
}

const Key* find_key(const ProbeKind& kind, std::string_view key) {
  const auto row = std::find_if(kind.keys.begin(), kind.keys.end(),
                                [&](const Key& each) { return each.path == key; });
  return row == kind.keys.end() ? nullptr : &*row;
}

}  // namespace usher
