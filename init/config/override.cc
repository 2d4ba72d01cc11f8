#include "init/config/override.h"

#include <algorithm>

#include "init/base/redact.h"
#include "init/base/text.h"
#include "init/config/keys.h"
#include "init/config/reader.h"

namespace usher {
namespace {

using Kind = Value::Kind;

constexpr std::string_view kPrefix = "USHER_";
// Variables of ours that are not keys.
constexpr std::string_view kOthers[] = {"USHER_CONFIG",         "USHER_PROFILE",        "USHER_ATTEMPT",
                                        "USHER_STARTED_AT",     "USHER_DEPENDENCIES_MS"};

std::string_view variable_of(const char* entry) {
  const std::string_view whole = entry;
  return whole.substr(0, whole.find('='));
}

const Key* find_alias(std::string_view variable) {
  for (const Key& key : keys())
    if (!key.alias.empty() && key.alias == variable) return &key;
  return nullptr;
}

// Texts that were given from outside are final: nothing is expanded in them.
Value final_text(std::string_view text, const Place& place) {
  Value value = Value::of_text(text, place);
  value.expanded = value.from_variable = true;
  return value;
}

Value split(std::string_view text, const Place& place) {
  Value list;
  list.kind = Kind::array;
  list.place = place;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    if (const auto word = trim(text.substr(at, end - at)); !word.empty())
      list.items.push_back(final_text(word, place));
    at = end + 1;
  }
  return list;
}

// A list with commas or as TOML, a table as TOML, anything else as it is; readers judge it.
Value given_value(const Key& key, std::string_view text, const Place& place) {
  const std::string_view trimmed = trim(text);
  const bool simple = settable_by_environment(key);
  if ((!simple || is_list(key.type)) && (trimmed.starts_with('[') || trimmed.starts_with('{')))
    if (auto value = read_toml_value(trimmed, place)) return std::move(*value);
  return is_list(key.type) ? split(text, place) : final_text(text, place);
}

void set_path(Value& settings, std::string_view path, Value value) {
  Value* at = &settings;
  for (;;) {
    if (at->kind != Kind::table) *at = Value{};  // a mistake in a file, told when it was checked
    const std::size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    if (!at->find(name)) at->members.push_back({std::string(name), value.place, Value{}});
    at = at->find(name);
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  *at = std::move(value);
}

std::string unknown_variable(std::string_view variable) {
  std::vector<std::string> names(std::begin(kOthers), std::end(kOthers));
  for (const Key& key : keys())
    if (settable_by_environment(key)) names.push_back(variable_name(key));
  const std::vector<std::string_view> views(names.begin(), names.end());
  std::string out = "environment: " + std::string(variable) + " is not a setting of usher's";
  if (const auto near = nearest(variable, views); !near.empty())
    out += "; did you mean " + std::string(near) + "?";
  return out;
}

// Empty is how Compose and scripts spell "not set", except where it is a value.
bool means_unset(const Key& key, std::string_view text) {
  const bool may_be_empty = key.fallback == R"("")" || is_list(key.type);
  return text.empty() && !(may_be_empty && key.alias.empty());
}

void apply_alias(Value& settings, const Key& key, std::string_view text) {
  if (means_unset(key, text)) return;
  Place place;
  place.source = Source::environment;
  place.name = key.alias;
  if (key.alias != "DEBUG")
    set_path(settings, key.path, given_value(key, text, place));
  else if (parse_boolean(text) == true)  // "app:*" and the like mean other programs
    set_path(settings, key.path, final_text("debug", place));
}

// A variable that sets one key in each element there is: HEALTH_CHECK_INTERVAL. Without `over_all` only
// where the element does not have it.
void apply_to_elements(Value& settings, const Key& list, const Environment& environment, bool over_all) {
  Value* const elements = find_path(settings, list.path);
  if (!elements || elements->kind != Kind::array) return;
  for (const Key& key : list.element()) {
    const auto text = key.alias.empty() ? std::nullopt : environment.find(key.alias);
    if (!text || means_unset(key, *text)) continue;
    Place place;
    place.source = Source::environment;
    place.name = key.alias;
    for (Value& element : elements->items)
      if (element.kind == Kind::table && (over_all || !find_path(element, key.path)))
        set_path(element, key.path, given_value(key, *text, place));
  }
}

// USHER_..._PASSWORD_FILE: the variable without its ending, where what that one holds may be a secret.
std::string_view variable_of_file(std::string_view variable) {
  constexpr std::string_view kEnding = "_FILE";
  if (!variable.ends_with(kEnding)) return {};
  variable.remove_suffix(kEnding.size());
  return names_a_secret_setting(variable) ? variable : std::string_view();
}

void set_twice(std::string_view variable, Problems& problems) {
  Place place;
  place.source = Source::environment;
  place.name = variable;
  problems.add(place, "", std::string(variable_of_file(variable)) + " is set, too; give one of the two");
}

// The same as ${file:PATH} in a file of ours, with all that is said of one that cannot be read.
void apply_file(Value& settings, const Key& key, const Place& place, std::string_view path, Problems& problems) {
  if (path.empty()) return;
  if (path.find('}') != path.npos) return problems.add(place, key.path, "expected a path without '}'");
  std::string text = "${file:";
  for (const char c : path) text += c == '$' ? "$$" : std::string(1, c);
  set_path(settings, key.path, Value::of_text(text + '}', place));
}

void apply_variable(Value& settings, std::string_view variable, std::string_view text,
                    Problems& problems, std::vector<std::string>& warnings) {
  if (std::find(std::begin(kOthers), std::end(kOthers), variable) != std::end(kOthers)) return;
  const std::string_view of_file = variable_of_file(variable);
  for (const Key& key : keys()) {
    const bool in_file = is_variable_of(key, of_file);
    if (!in_file && !is_variable_of(key, variable)) continue;
    Place place;
    place.source = Source::environment;
    place.name = variable;
    if (in_file && settable_by_environment(key))
      apply_file(settings, key, place, text, problems);
    else if (!settable_by_environment(key))
      problems.add(place, key.path, "cannot be set by a variable; write it in the file");
    else if (!means_unset(key, text))
      set_path(settings, key.path, given_value(key, text, place));
    return;
  }
  warnings.push_back(unknown_variable(variable));
}

std::string unknown_override(std::string_view path) {
  std::vector<std::string_view> paths;
  for (const Key& key : keys()) paths.push_back(key.path);
  if (const auto near = nearest(path, paths); !near.empty())
    return "unknown key; did you mean " + std::string(near) + "?";
  for (const Key& key : keys())
    if (key.path.substr(key.path.rfind('.') + 1) == path)
      return "unknown key; did you mean " + std::string(key.path) + "?";
  return "unknown key; `usher schema` lists all";
}

}  // namespace

bool names_a_secret_setting(std::string_view variable) {
  if (!variable.starts_with(kPrefix)) return false;
  for (const Key& key : keys())
    if (is_variable_of(key, variable))
      return key.type == KeyType::redis_url || key.type == KeyType::http_url || is_map(key.type) ||
             names_secret(key.path);
  return false;
}

bool names_a_setting(const Environment& environment) {
  for (const char* const* entry = environment.block(); entry && *entry; ++entry) {
    if (std::string_view(*entry, 1) == "U" && std::string_view(*entry).starts_with(kPrefix)) return true;
    for (const Key& key : keys())
      if (!key.alias.empty() && **entry == key.alias.front() && variable_of(*entry) == key.alias)
        return true;
  }
  return false;
}

void apply_environment(Value& settings, const Environment& environment, Problems& problems,
                       std::vector<std::string>& warnings) {
  // Names of usher's own win over those it shares with other programs.
  for (const char* const* entry = environment.block(); entry && *entry; ++entry)
    if (const Key* const key = find_alias(variable_of(*entry)))
      apply_alias(settings, *key, *environment.find(key->alias));
  for (const Key& key : keys())
    if (is_tables(key.type)) apply_to_elements(settings, key, environment, true);
  for (const char* const* entry = environment.block(); entry && *entry; ++entry) {
    const std::string_view variable = variable_of(*entry);
    if (!variable.starts_with(kPrefix)) continue;
    const auto text = environment.find(variable);  // the first, if a name is there twice
    if (!text) continue;
    if (environment.find(variable_of_file(variable)).value_or("").empty() || text->empty())
      apply_variable(settings, variable, *text, problems, warnings);
    else
      set_twice(variable, problems);
  }
}

void apply_command_line(Value& settings, const Overrides& overrides, const Environment& environment,
                        Problems& problems) {
  Place place;
  place.source = Source::command_line;
  for (const auto& [path, text] : overrides) {
    const Key* const key = find_key(path);
    if (key) {
      set_path(settings, path, given_value(*key, text, place));
      // What stands there itself was said later than any variable.
      if (is_tables(key->type)) apply_to_elements(settings, *key, environment, false);
      continue;
    }
    const Key* const map = find_map_key(path);
    if (!map) {
      problems.add(place, path, unknown_override(path));
      continue;
    }
    // exit.remap.143=0: one entry; numbers are numbers, as a file would have them.
    Value entry = final_text(text, place);
    if (const auto number = parse_integer(text)) {
      entry.kind = Kind::integer;
      entry.integer = *number;
    }
    Value* table = find_path(settings, map->path);
    if (!table || table->kind != Kind::table) set_path(settings, map->path, Value{});
    table = find_path(settings, map->path);
    const std::string name = path.substr(map->path.size() + 1);
    if (Value* const known = table->find(name))
      *known = std::move(entry);
    else
      table->members.push_back({name, place, std::move(entry)});
  }
}

}  // namespace usher
