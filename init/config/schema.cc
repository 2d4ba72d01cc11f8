#include <algorithm>
#include <initializer_list>

#include "init/base/json.h"
#include "init/base/resource.h"
#include "init/base/text.h"
#include "init/config/describe.h"
#include "init/config/keys.h"
#include "init/config/probe_kind.h"
#include "init/config/value.h"

namespace usher {
namespace {

constexpr std::string_view kText = R"("type":"string")";
constexpr std::string_view kWhole = R"({"type":"integer","minimum":0})";
constexpr std::string_view kReference = R"({"$ref":"#/$defs/variable"})";
constexpr std::string_view kAbsolute = R"("type":"string","pattern":"^$|^/|\\$\\{")";
constexpr std::string_view kTextList = R"("type":"array","items":{"type":"string"})";
constexpr std::string_view kPlainValues =
    R"("type":"object","additionalProperties":{"type":["string","integer","boolean"]})";
constexpr std::string_view kStatus =
    R"({"anyOf":[{"type":"integer","minimum":100,"maximum":599},{"type":"string"}]})";

std::string array_of(const std::string& items) { return "[" + items + "]"; }

std::string json_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string any_of(std::initializer_list<std::string_view> schemas) {
  std::string out = R"("anyOf":[)";
  for (const std::string_view schema : schemas)
    out += (out.back() == '[' ? "" : ",") + std::string(schema);
  return out + ']';
}

std::string names(const Choices& choices) {
  std::string out;
  for (const std::string_view choice : choices) out += (out.empty() ? "" : ",") + json_text(choice);
  return array_of(out);
}

std::string number(const Key& key, std::string_view type) {
  return R"({"type":")" + std::string(type) + R"(","minimum":)" + format_number(key.least) +
         R"(,"maximum":)" + format_number(key.most) + '}';
}

std::string limits() {
  std::string resource_names;
  for (const Resource& resource : resources())
    resource_names += (resource_names.empty() ? "" : ",") + json_text(resource.name);
  return R"("type":"object","propertyNames":{"enum":)" + array_of(resource_names) +
         R"(},"additionalProperties":{)" + any_of({kWhole, R"({"type":"string"})"}) + '}';
}

// The inside of the schema of one value.
std::string value_schema(const Key& key) {
  switch (key.type) {
    case KeyType::path: return std::string(kAbsolute);
    case KeyType::boolean: return any_of({R"({"type":"boolean"})", kReference});
    case KeyType::integer: return any_of({number(key, "integer"), kReference});
    case KeyType::number: return any_of({number(key, "number"), kReference});
    case KeyType::duration: return any_of({R"({"$ref":"#/$defs/duration"})", kReference});
    case KeyType::size: return any_of({R"({"$ref":"#/$defs/size"})", kReference});
    case KeyType::choice: return any_of({R"({"enum":)" + names(key.choices) + '}', kReference});
    case KeyType::umask: return R"("type":"string","pattern":"^0?[0-7]{1,3}$|\\$\\{")";
    case KeyType::paths:
    case KeyType::texts:
    case KeyType::capabilities:
    case KeyType::signals: return std::string(kTextList);
    case KeyType::exit_codes:
      return R"("type":"array","items":{)" +
             any_of({R"({"type":"integer","minimum":0,"maximum":255})", kReference}) + '}';
    case KeyType::argv: return std::string(kTextList) + R"(,"minItems":1)";
    case KeyType::steps:
      return R"("type":"array","items":{"anyOf":[{"type":"string"},{"type":"integer","minimum":0}]})";
    case KeyType::fields:
    case KeyType::environment:
    case KeyType::headers:
    case KeyType::labels: return std::string(kPlainValues);
    case KeyType::limits: return limits();
    case KeyType::rewrite: return R"("type":"object","additionalProperties":{"type":"string"})";
    case KeyType::remap:
      return R"("type":"object","propertyNames":{"pattern":"^[0-9]{1,3}$"},"additionalProperties":{)" +
             any_of({R"({"type":"integer","minimum":0,"maximum":255})", kReference}) + '}';
    case KeyType::statuses:
      return any_of({kStatus, R"({"type":"array","minItems":1,"items":)" + std::string(kStatus) + '}'});
    case KeyType::tls: return any_of({R"({"$ref":"#/$defs/tls"})", R"({"type":"boolean"})"});
    case KeyType::probe: return R"("$ref":"#/$defs/probe")";
    case KeyType::probes:
      return any_of({R"({"$ref":"#/$defs/probe"})", R"({"type":"array","items":{"$ref":"#/$defs/probe"}})"});
    case KeyType::hooks: return R"("$ref":"#/$defs/hooks")";
    case KeyType::dependencies: return R"("type":"array","items":{"$ref":"#/$defs/dependency"})";
    case KeyType::checks: return R"("type":"array","items":{"$ref":"#/$defs/health"})";
    default: return std::string(kText);
  }
}

std::string member(std::string_view name, const std::string& schema) {
  return json_text(name) + ":{" + schema + '}';
}

std::string key_schema(const Key& key) {
  std::string out = value_schema(key) + R"(,"description":)" + json_text(key.help);
  if (!key.fallback.empty()) out += R"(,"default":)" + std::string(key.fallback);
  return out;
}

std::string closed_object(const std::string& properties) {
  return R"("type":"object","properties":{)" + properties + R"(},"additionalProperties":false)";
}

// The properties below `path`, which is empty or ends in a dot; tables within become objects.
std::string properties_below(const std::string& path) {
  std::string out;
  std::string last_table;
  for (const Key& key : keys()) {
    if (!key.path.starts_with(path)) continue;
    const std::string_view rest = key.path.substr(path.size());
    const std::string_view name = rest.substr(0, rest.find('.'));
    const bool leaf = name == rest;
    if (!leaf && last_table == name) continue;  // rows of a table stand together
    out += out.empty() ? "" : ",";
    if (leaf) {
      out += member(name, key_schema(key));
      continue;
    }
    last_table = name;
    const std::string table = path + std::string(name);
    std::string schema = closed_object(properties_below(table + '.'));
    for (const Table& known : tables())
      if (known.path == table) schema += R"(,"description":)" + json_text(known.help);
    out += member(name, schema);
  }
  return out;
}

std::string element_schema(Keys keys) {
  std::string properties;
  for (const Key& key : keys) properties += (properties.empty() ? "" : ",") + member(key.path, key_schema(key));
  return closed_object(properties);
}

// Which keys a probe may have depends on its type. None is demanded: a template may have it.
std::string probe_schema() {
  std::string rules;
  for (const ProbeKind* const kind : probe_kinds()) {
    std::string allowed;
    for (const Key& key : probe_keys())
      if (key.path == "type" || find_key(*kind, key.path))
        allowed += (allowed.empty() ? "" : ",") + json_text(key.path);
    rules += (rules.empty() ? "" : ",") +
             (R"({"if":{"required":["type"],"properties":{"type":{"const":)" + json_text(kind->name) +
              R"(}}},"then":{"propertyNames":{"enum":)" + array_of(allowed) + "}}}");
  }
  return element_schema(probe_keys()) + R"(,"allOf":)" + array_of(rules);
}

std::string definitions() {
  const std::string hook = '{' + element_schema(hook_keys()) + R"(,"required":["command"]})";
  const std::string command = '{' + std::string(kTextList) + R"(,"minItems":1})";
  const std::string part = "([0-9]+(\\\\.[0-9]+)?";
  const std::string duration = "{\"type\":\"string\",\"pattern\":\"^([1-9][0-9]?% of )?([0-9]+$|(?=.)" + part +
                               "d)?" + part + "h)?" + part + "m)?" + part + "s)?" + part + "ms)?$)\"}";
  return member("variable", R"("type":"string","pattern":"\\$\\{","description":"a value that a variable gives")") +
         ',' + member("duration", any_of({R"({"type":"integer","minimum":0,"maximum":31536000})", duration})) +
         ',' + member("size", any_of({kWhole, R"({"type":"string","pattern":"^[0-9]+([kKmMgGtT]([iI])?)?[bB]?$"})"})) +
         ',' + member("tls", element_schema(tls_keys())) + ',' + member("probe", probe_schema()) + ',' +
         member("hooks", any_of({command, hook, R"({"type":"array","items":{)" + any_of({command, hook}) + "}}"})) +
         ',' + member("dependency", element_schema(dependency_keys()) + R"(,"required":["name"])") + ',' +
         member("health", element_schema(health_keys()) + R"(,"required":["name"])") + ',' +
         member("settings", closed_object(properties_below("")));
}

}  // namespace

std::string json_schema() {
  constexpr std::string_view kExtends =
      R"("anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}],)"
      R"("description":"A file whose settings this one changes and adds to, or a list of them.")";
  constexpr std::string_view kProfile =
      R"("type":"object","additionalProperties":{"$ref":"#/$defs/settings"},)"
      R"("description":"Settings that lie over the rest when --profile or USHER_PROFILE names them.")";
  // Said in full, and not by a reference with unevaluatedProperties: editors pass over those.
  return R"({"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Configuration of usher",)" +
         closed_object(member("extends", std::string(kExtends)) + ',' + member("profile", std::string(kProfile)) +
                       ',' + properties_below("")) +
         R"(,"$defs":{)" + definitions() + "}}";
}

}  // namespace usher
