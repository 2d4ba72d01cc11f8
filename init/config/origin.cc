#include "init/config/origin.h"

#include <algorithm>

#include "init/base/duration.h"
#include "init/base/text.h"
#include "init/config/keys.h"

namespace usher {
namespace {

// Names of variables, headers and fields whose values are nobody's business.
bool is_secret(std::string_view name) {
  constexpr std::string_view kSigns[] = {"password", "passwd",    "passphrase",    "secret",
                                         "token",    "credential", "authorization", "cookie",
                                         "apikey",   "api_key",   "api-key",       "access_key",
                                         "private_key"};
  const std::string word = to_lower(name);
  return word.ends_with("_pass") || std::any_of(std::begin(kSigns), std::end(kSigns), [&](auto sign) {
    return word.find(sign) != std::string::npos;
  });
}

void hide_secrets(Value& value) {
  for (Value& item : value.items) hide_secrets(item);
  for (Member& member : value.members) {
    hide_secrets(member.value);
    if (is_secret(member.name)) member.value = Value::of_text("***", member.value.place);
  }
}

std::string shown(const Key& key, Value value) {
  hide_secrets(value);
  if (key.type == KeyType::duration) {
    const std::optional<Millis> duration = value.kind == Value::Kind::integer
                                               ? Millis(value.integer * 1000)
                                               : parse_duration(value.text);
    if (duration) value = Value::of_text(format_duration(*duration), value.place);
  } else if (value.from_variable && key.type == KeyType::boolean) {
    return parse_boolean(value.text).value_or(false) ? "true" : "false";
  } else if (value.from_variable && (key.type == KeyType::integer || key.type == KeyType::number)) {
    return value.text;
  }
  return hide_passwords(to_toml(value));
}

// The default of a key, spelt as a value from a file would be.
std::string standard(const Key& key) {
  if (key.type != KeyType::duration) return std::string(key.fallback);
  return shown(key, Value::of_text(key.fallback.substr(1, key.fallback.size() - 2), Place{}));
}

class Listing {
 public:
  explicit Listing(const Config& config) : config_(config) {}

  void add(const Key& key, Value& settings) {
    Value* const value = find_path(settings, key.path);
    if (is_tables(key.type) && value && value->kind == Value::Kind::array && !value->items.empty())
      return add_elements(key, *value);
    const std::size_t dot = std::min(key.path.rfind('.'), key.path.size());
    const std::string section(dot == key.path.size() ? "" : key.path.substr(0, dot));
    const std::string name(dot == key.path.size() ? key.path : key.path.substr(dot + 1));
    if (value && is_map(key.type) && !value->members.empty()) {
      hide_secrets(*value);
      for (const Member& member : value->members)
        origins_.push_back({section, name + '.' + toml_key(member.name), shown(key, member.value),
                            to_string(member.value.place)});
    } else if (value) {
      origins_.push_back({section, name, shown(key, *value), to_string(value->place)});
    } else if (key.path == "service.name" && !config_.service.name.empty()) {
      origins_.push_back({section, name, in_quotes(config_.service.name), to_string(Place{})});
    } else if (!key.fallback.empty() && !is_tables(key.type)) {
      origins_.push_back({section, name, standard(key), to_string(Place{})});
    }
  }
  std::vector<Origin> take() { return std::move(origins_); }

 private:
  void add_elements(const Key& list, Value& elements) {
    for (std::size_t i = 0; i < elements.items.size(); ++i) {
      const std::string section = std::string(list.path) + '[' + std::to_string(i) + ']';
      for (const Key& key : list.element()) {
        const std::string name(key.path);
        if (const Value* const value = elements.items[i].find(key.path))
          origins_.push_back({section, name, shown(key, *value), to_string(value->place)});
        else if (!key.fallback.empty())
          origins_.push_back({section, name, standard(key), to_string(Place{})});
        else if (list.type == KeyType::dependencies && name == "interval")
          origins_.push_back({section, name, in_quotes(format_duration(config_.readiness.interval)),
                              "readiness.interval"});
      }
    }
  }

  const Config& config_;
  std::vector<Origin> origins_;
};

}  // namespace

std::vector<Origin> list_origins(const Config& config, Value& settings) {
  Listing listing(config);
  for (const Key& key : keys()) listing.add(key, settings);
  return listing.take();
}

}  // namespace usher
