#include "init/coordinate/registry_entry.h"

#include <string_view>

#include "init/base/text.h"

namespace usher {
namespace {

struct TextField {
  std::string_view name;
  std::string RegistryEntry::*member;
};
constexpr TextField kTexts[] = {
    {"service", &RegistryEntry::service}, {"instance", &RegistryEntry::instance},
    {"state", &RegistryEntry::state},     {"health", &RegistryEntry::health},
    {"reason", &RegistryEntry::reason},   {"value", &RegistryEntry::value},
};

struct NumberField {
  std::string_view name;
  std::int64_t RegistryEntry::*member;
};
constexpr NumberField kNumbers[] = {
    {"attempt", &RegistryEntry::attempt},
    {"restarts", &RegistryEntry::restarts},
    {"since_ms", &RegistryEntry::since_ms},
    {"started_ms", &RegistryEntry::started_ms},
    {"exit_code", &RegistryEntry::exit_code},
};

void read_field(RegistryEntry& entry, const std::string& name, const std::string& value) {
  for (const TextField& field : kTexts)
    if (field.name == name) entry.*field.member = value;
  for (const NumberField& field : kNumbers)
    if (field.name == name) entry.*field.member = parse_integer(value).value_or(entry.*field.member);
}

}  // namespace

std::vector<std::string> to_fields(const RegistryEntry& entry) {
  std::vector<std::string> fields;
  for (const TextField& field : kTexts) {
    fields.emplace_back(field.name);
    fields.push_back(entry.*field.member);
  }
  for (const NumberField& field : kNumbers) {
    fields.emplace_back(field.name);
    fields.push_back(std::to_string(entry.*field.member));
  }
  return fields;
}

RegistryEntry entry_from(const RedisReply& reply) {
  RegistryEntry entry;
  for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2)
    read_field(entry, reply.elements[i].text, reply.elements[i + 1].text);
  return entry;
}

std::string registry_member(const std::string& service, const std::string& instance) {
  return service + ':' + instance;
}
std::string registry_entry_key(const std::string& space, const std::string& member) {
  return space + ":service:" + member;
}
std::string registry_index_key(const std::string& space) { return space + ":services"; }
std::string registry_trace_key(const std::string& space) { return space + ":trace"; }

}  // namespace usher
