#include "init/config/origin.h"

#include "init/base/duration.h"
#include "init/base/text.h"
#include "init/config/keys.h"

namespace usher {
namespace {

// scheme://user:secret@host -> scheme://user:***@host
std::string without_passwords(std::string text) {
  for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at)) {
    at += 3;
    const std::size_t end = std::min(text.find_first_of("/ \"'?#\\", at), text.size());
    const std::size_t host = text.rfind('@', end);
    const std::size_t colon = text.find(':', at);
    if (host == std::string::npos || host < at || colon >= host) continue;
    text.replace(colon + 1, host - colon - 1, "***");
  }
  return text;
}

std::string shown(const Key& key, const Value& value) {
  Value out = value;
  if (key.type == KeyType::duration) {
    const std::optional<Millis> duration = value.kind == Value::Kind::integer
                                               ? Millis(value.integer * 1000)
                                               : parse_duration(value.text);
    if (duration) out = Value::of_text(format_duration(*duration), value.place);
  } else if (value.from_variable && key.type == KeyType::boolean) {
    return parse_boolean(value.text).value_or(false) ? "true" : "false";
  } else if (value.from_variable && (key.type == KeyType::integer || key.type == KeyType::number)) {
    return value.text;
  }
  return without_passwords(to_toml(out));
}

}  // namespace

std::vector<Origin> list_origins(const Config& config, Value& settings) {
  std::vector<Origin> origins;
  for (const Key& key : keys()) {
    const std::string path(key.path);
    const Value* const value = find_path(settings, key.path);
    if (value && is_map(key.type) && !value->members.empty()) {
      for (const Member& member : value->members)
        origins.push_back({path + '.' + toml_key(member.name), shown(key, member.value),
                           to_string(member.value.place)});
    } else if (value) {
      origins.push_back({path, shown(key, *value), to_string(value->place)});
    } else if (key.type == KeyType::name && !config.service.name.empty()) {
      origins.push_back({path, quoted(config.service.name), to_string(Place{})});
    } else if (!key.fallback.empty()) {
      origins.push_back({path, std::string(key.fallback), to_string(Place{})});
    }
  }
  return origins;
}

}  // namespace usher
