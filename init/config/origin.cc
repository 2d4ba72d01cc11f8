#include "init/config/origin.h"

#include <algorithm>

#include "init/base/duration.h"
#include "init/base/redact.h"
#include "init/base/text.h"
#include "init/config/keys.h"

namespace usher {
namespace {

bool is_harmless_header(std::string_view name) {
  const std::string word = to_lower(name);
  return word == "host" || word == "user-agent" || word.starts_with("accept") || word == "content-type";
}

// In a command: what belongs to an option whose name gives it away.
void hide_options(std::vector<Value>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string& word = words[i].text;
    if (words[i].kind != Value::Kind::text || !names_secret(word.substr(0, word.find('=')))) continue;
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos)
      word = word.substr(0, equals + 1) + "***";
    else if (word.starts_with('-') && i + 1 < words.size())
      words[i + 1].text = "***";
  }
}

class Listing {
 public:
  Listing(const Config& config, const Environment& environment) : config_(config) {
    for (const char* const* entry = environment.block(); entry && *entry; ++entry) {
      const std::string_view whole = *entry;
      const std::size_t equals = whole.find('=');
      if (equals != std::string_view::npos) note(whole.substr(0, equals), whole.substr(equals + 1));
    }
    for (const auto& [name, value] : config.service.environment) note(name, value);
  }

  void add(const Key& key, Value& settings) {
    Value* const value = find_path(settings, key.path);
    if (is_tables(key.type) && value && value->kind == Value::Kind::array && !value->items.empty())
      return add_elements(key, *value);
    const std::size_t dot = std::min(key.path.rfind('.'), key.path.size());
    const std::string section(dot == key.path.size() ? "" : key.path.substr(0, dot));
    const std::string name(dot == key.path.size() ? key.path : key.path.substr(dot + 1));
    if (value && is_map(key.type) && !value->members.empty()) {
      for (const Member& member : value->members)
        origins_.push_back({section, name + '.' + toml_key(member.name), shown(key, member),
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

  bool is_marked(std::string_view name) const {
    const auto& secrets = config_.service.secrets;
    return names_secret(name) || std::find(secrets.begin(), secrets.end(), name) != secrets.end();
  }

  // A value that gives itself away wherever it stands. What is very short stands for itself as well.
  void note(std::string_view name, std::string_view value) {
    constexpr std::size_t kShortest = 4;
    if (value.size() >= kShortest && is_marked(name)) secrets_.emplace_back(value);
  }

  void hide(std::string& text) const {
    for (const std::string& secret : secrets_)
      for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += 3)
        text.replace(at, secret.size(), "***");
    text = hide_passwords(text);
  }

  void hide(Value& value) const {
    if (value.from_file) return;  // hidden as a whole
    if (value.kind == Value::Kind::text) hide(value.text);
    hide_options(value.items);
    for (Value& item : value.items) hide(item);
    for (Member& member : value.members) {
      const bool headers = member.name == "headers";
      for (Member& header : member.value.members)
        if (headers && !is_harmless_header(header.name)) blank(header.value);
      if (is_marked(member.name)) blank(member.value);
      hide(member.value);
    }
  }

  static void blank(Value& value) { value = Value::of_text("***", value.place); }

  std::string shown(const Key& key, const Member& member) const {
    Value value = member.value;
    const std::string text = value.kind == Value::Kind::text ? value.text : to_toml(value);
    const bool open = key.type == KeyType::environment ? is_harmless(member.name, text)
                      : key.type == KeyType::headers   ? is_harmless_header(member.name)
                                                       : true;
    if (!open || is_marked(member.name)) blank(value);
    return shown(key, std::move(value));
  }

  std::string shown(const Key& key, Value value) const {
    if (value.from_file) return to_toml(value);
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
    const bool marked = is_marked(key.path.substr(key.path.rfind('.') + 1));
    if (marked && value.kind == Value::Kind::text && !value.text.empty()) blank(value);
    hide(value);
    // Of an address that is a secret as a whole, as those of chats and relays are, the host is none.
    if (key.path == "alerts.webhook") {
      const std::size_t host = value.text.find("://");
      const std::size_t path = host == std::string::npos ? host : value.text.find('/', host + 3);
      if (path < value.text.size() - 1) value.text.replace(path + 1, std::string::npos, "***");
    }
    return to_toml(value);
  }

  // The default of a key, spelt as a value from a file would be.
  std::string standard(const Key& key) const {
    if (key.type != KeyType::duration) return std::string(key.fallback);
    return shown(key, Value::of_text(key.fallback.substr(1, key.fallback.size() - 2), Place{}));
  }

  const Config& config_;
  std::vector<std::string> secrets_;
  std::vector<Origin> origins_;
};

}  // namespace

std::vector<Origin> list_origins(const Config& config, Value& settings,
                                 const Environment& environment) {
  Listing listing(config, environment);
  for (const Key& key : keys()) listing.add(key, settings);
  return listing.take();
}

}  // namespace usher
