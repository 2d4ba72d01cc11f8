#include "init/config/value.h"

#include <algorithm>
#include <tuple>

#include "init/base/json.h"
#include "init/base/text.h"
#include "init/config/expand.h"

namespace usher {
namespace {

std::string format_real(double real) {
  std::string out = format_number(real);
  if (out.find_first_of(".eni") == std::string::npos) out += ".0";  // still a float when read back
  return out;
}

std::string text_to_toml(const Value& value, bool whole) {
  if (value.from_file && !whole) return "\"***\"";
  std::string out;
  const auto append = whole ? append_json_string_whole : append_json_string;
  append(out, value.expanded ? escape_dollars(value.text, value.pattern) : value.text);
  return out;
}

std::string join(const std::vector<std::string>& parts, char open, char close) {
  std::string out(1, open);
  for (std::size_t i = 0; i < parts.size(); ++i) out += (i ? ", " : "") + parts[i];
  return out + close;
}

}  // namespace

std::string to_string(const ConfigError& error) {
  std::string out = error.file;
  if (error.line > 0)
    out += ':' + std::to_string(error.line) + ':' + std::to_string(error.column);
  if (!error.key.empty()) out += (out.empty() ? "" : ": ") + error.key;
  return out + (out.empty() ? "" : ": ") + error.why;
}

Value Value::of_text(std::string_view text, const Place& place) {
  Value value;
  value.kind = Kind::text;
  value.text = text;
  value.place = place;
  return value;
}

const Value* Value::find(std::string_view name) const {
  for (const Member& member : members)
    if (member.name == name) return &member.value;
  return nullptr;
}

Value* Value::find(std::string_view name) {
  return const_cast<Value*>(static_cast<const Value*>(this)->find(name));
}

namespace {

std::string_view name_of(const Value& element) {
  const Value* const name = element.find("name");
  return name && name->kind == Value::Kind::text ? std::string_view(name->text) : "";
}

// An array of tables that have names: [[dependency]], [[health]].
bool has_names(const Value& value) {
  return value.kind == Value::Kind::array && !value.items.empty() &&
         std::none_of(value.items.begin(), value.items.end(),
                      [](const Value& item) { return name_of(item).empty(); });
}

void merge_named(Value& base, const Value& over) {
  base.place = over.place;
  for (const Value& element : over.items) {
    const auto same = std::find_if(base.items.begin(), base.items.end(), [&](const Value& known) {
      return name_of(known) == name_of(element);
    });
    if (same == base.items.end())
      base.items.push_back(element);
    else
      merge(*same, element);
  }
}

// A probe of another type takes nothing over from the one that it replaces.
bool is_another_probe(const Member& over, const Value& known) {
  const Value* const type = over.name == "probe" ? over.value.find("type") : nullptr;
  const Value* const before = known.find("type");
  return type && before && type->text != before->text;
}

}  // namespace

void merge(Value& base, const Value& over) {
  if (has_names(base) && has_names(over)) return merge_named(base, over);
  if (base.kind != Value::Kind::table || over.kind != Value::Kind::table) {
    base = over;
    return;
  }
  base.place = over.place;
  if (base.members.empty()) {
    base.members = over.members;
    return;
  }
  for (const Member& member : over.members) {
    Value* const known = base.find(member.name);
    if (!known)
      base.members.push_back(member);
    else if (is_another_probe(member, *known))
      *known = member.value;
    else
      merge(*known, member.value);
  }
}

Value* find_path(Value& root, std::string_view path) {
  Value* at = &root;
  while (at && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    at = at->find(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return at;
}

std::string describe(const Value& value) {
  switch (value.kind) {
    case Value::Kind::text: return value.from_file ? "what the file holds" : in_quotes(value.text);
    case Value::Kind::array: return value.items.empty() ? "an empty array" : "an array";
    case Value::Kind::table: return "a table";
    case Value::Kind::date: return "a date";
    default: return to_toml(value);
  }
}

std::string to_toml(const Value& value, bool whole) {
  std::vector<std::string> parts;
  switch (value.kind) {
    case Value::Kind::text: return text_to_toml(value, whole);
    case Value::Kind::integer: return std::to_string(value.integer);
    case Value::Kind::real: return format_real(value.real);
    case Value::Kind::boolean: return value.boolean ? "true" : "false";
    case Value::Kind::date: return value.text;
    case Value::Kind::array:
      for (const Value& item : value.items) parts.push_back(to_toml(item, whole));
      return join(parts, '[', ']');
    case Value::Kind::table:
      for (const Member& member : value.members)
        parts.push_back(toml_key(member.name) + " = " + to_toml(member.value, whole));
      return join(parts, '{', '}');
  }
  return {};
}

std::string toml_key(std::string_view name) {
  const bool bare = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  if (bare) return std::string(name);
  std::string out;
  append_json_string(out, name);
  return out;
}

std::string to_string(const Place& place) {
  switch (place.source) {
    case Source::standard: return "default";
    case Source::environment: return "environment " + std::string(place.name);
    case Source::command_line: return "command line";
    case Source::file:
    case Source::profile: break;
  }
  std::string out;
  if (place.source == Source::profile) out = "profile " + std::string(place.profile) + ' ';
  out += place.name;
  if (place.line > 0)
    out += ':' + std::to_string(place.line) + ':' + std::to_string(place.column);
  return out;
}

void Problems::add(const Place& place, std::string_view key, std::string why) {
  const bool in_file = place.source == Source::file || place.source == Source::profile;
  add({in_file ? std::string(place.name) : to_string(place), in_file ? place.line : 0,
       in_file ? place.column : 0, std::string(key), std::move(why)});
}

void Problems::add(ConfigError error) {
  constexpr std::size_t kMost = 1000;  // nobody reads further, and each is compared with all others
  ++met_;
  if (errors_.size() >= kMost) return;
  for (const ConfigError& known : errors_)
    if (known.file == error.file && known.line == error.line && known.column == error.column &&
        known.why == error.why && (known.line > 0 || known.key == error.key))
      return;
  errors_.push_back(std::move(error));
}

bool Problems::about(std::string_view key) const {
  // Also about a part of it: shutdown.sequence[1], readiness.probe.pattern.
  const auto is_about = [&](std::string_view known) {
    return known.starts_with(key) &&
           (known.size() == key.size() || known[key.size()] == '.' || known[key.size()] == '[');
  };
  return std::any_of(errors_.begin(), errors_.end(), [&](const auto& error) { return is_about(error.key); }) ||
         std::any_of(left_out_.begin(), left_out_.end(), is_about);
}

// By file in the order they were met, then by line and column: the order in which one repairs them.
std::vector<ConfigError> Problems::take() {
  std::vector<std::string> files;
  for (const ConfigError& error : errors_)
    if (std::find(files.begin(), files.end(), error.file) == files.end()) files.push_back(error.file);
  const auto rank = [&](const ConfigError& error) {
    return std::find(files.begin(), files.end(), error.file) - files.begin();
  };
  std::stable_sort(errors_.begin(), errors_.end(), [&](const ConfigError& a, const ConfigError& b) {
    return std::tuple(rank(a), a.line, a.column) < std::tuple(rank(b), b.line, b.column);
  });
  return std::move(errors_);
}

}  // namespace usher
