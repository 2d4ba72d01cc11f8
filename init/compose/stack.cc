#include "init/compose/stack.h"

#include <algorithm>

#include "init/base/text.h"
#include "init/compose/yaml.h"
#include "init/config/reader.h"

namespace usher {
namespace {

constexpr std::size_t kMostServices = 1000;

std::string joined(const std::string& folder, const std::string& path) {
  return path.starts_with('/') ? path : folder + path;
}

// With its slash; empty for a file in the current one.
std::string folder_of(const std::string& file) { return file.substr(0, file.rfind('/') + 1); }

bool names_usher(const std::string& word) {
  const std::string last = word.substr(word.rfind('/') + 1);
  return last == "usher" || word.find("/usher ") != std::string::npos || word.starts_with("usher ");
}

class Reading {
 public:
  Reading(std::string file, const Environment& environment)
      : file_(std::move(file)), environment_(environment) {}

  void service(const std::string& name, const YamlView& node, ComposeService& service) const {
    service.name = name;
    if (service.hosts.empty()) service.hosts.push_back(name);
    text_of(node, "stop_grace_period", service.stop_grace_period);
    text_of(node, "init", service.init);
    healthcheck(node.find("healthcheck"), service);
    environment(node.find("environment"), service);
    dependencies(node.find("depends_on"), service);
    hosts(node, service);
    mounts(node.find("volumes"), service);
    commands(node, service);
    build(node.find("build"), service);
  }

  ComposePlace place(const YamlView& node) const { return {file_, node.line(), node.column()}; }

 private:
  std::optional<std::string> expanded(std::string_view text) const {
    Expansion result = expand(text, environment_);
    if (result.missing) return "";  // as Compose takes it, with a warning
    if (!result.problem.empty()) return std::nullopt;
    return std::move(result.text);
  }
  std::string known(std::string_view text) const { return expanded(text).value_or(""); }

  void text_of(const YamlView& node, std::string_view key, std::optional<ComposeText>& out) const {
    const YamlView value = node.find(key);
    if (value.is_text()) out = ComposeText{expanded(value.text()), place(value)};
  }

  void healthcheck(const YamlView& node, ComposeService& service) const {
    if (!node) return;
    const YamlView test = node.find("test");
    const auto words = test.items();
    const bool none = !words.empty() && words.front().text() == "NONE";
    service.healthcheck = place(node);
    service.no_healthcheck = none || to_lower(node.find("disable").text()) == "true";
    service.names_usher = service.names_usher || names_usher(std::string(test.text()));
    for (const YamlView& word : words)
      service.names_usher = service.names_usher || names_usher(std::string(word.text()));
  }

  void environment(const YamlView& node, ComposeService& service) const {
    const auto set = [&](std::string_view name, std::optional<std::string_view> value) {
      // Without a value it is the one that Compose itself has been given.
      if (!value) value = environment_.find(name);
      if (value) service.environment[std::string(name)] = known(*value);
      service.names_usher = service.names_usher || name.starts_with("USHER_");
    };
    for (const YamlEntry& entry : node.entries())
      set(entry.key.text(), entry.value.text().empty() && !entry.value.is_text()
                                ? std::nullopt
                                : std::optional(entry.value.text()));
    for (const YamlView& item : node.items()) {
      const std::size_t equals = item.text().find('=');
      if (equals == std::string_view::npos)
        set(item.text(), std::nullopt);
      else
        set(item.text().substr(0, equals), item.text().substr(equals + 1));
    }
  }

  void dependencies(const YamlView& node, ComposeService& service) const {
    for (const YamlView& item : node.items())
      service.depends_on[std::string(item.text())] = {"service_started", place(item)};
    for (const YamlEntry& entry : node.entries()) {
      const std::string condition = known(entry.value.find("condition").text());
      service.depends_on[std::string(entry.key.text())] = {
          condition.empty() ? "service_started" : condition, place(entry.key)};
    }
  }

  void hosts(const YamlView& node, ComposeService& service) const {
    for (const std::string_view key : {"container_name", "hostname"})
      if (const YamlView value = node.find(key)) service.hosts.push_back(known(value.text()));
    for (const YamlEntry& network : node.find("networks").entries())
      for (const YamlView& alias : network.value.find("aliases").items())
        service.hosts.push_back(known(alias.text()));
  }

  void mounts(const YamlView& node, ComposeService& service) const {
    for (const YamlView& item : node.items()) {
      std::string source = known(item.find("source").text());
      std::string target = known(item.find("target").text());
      if (item.is_text()) {
        const std::string text = known(item.text());
        const std::size_t colon = text.find(':');
        if (colon == std::string::npos) continue;
        source = text.substr(0, colon);
        target = text.substr(colon + 1, text.find(':', colon + 1) - colon - 1);
      }
      if (source.starts_with('.') || source.starts_with('/'))
        service.mounts.emplace_back(joined(folder_of(file_), source), target);
    }
  }

  void commands(const YamlView& node, ComposeService& service) const {
    for (const std::string_view key : {"entrypoint", "command"}) {
      const YamlView value = node.find(key);
      service.names_usher = service.names_usher || names_usher(std::string(value.text()));
      const auto words = value.items();
      bool ours = false;
      for (std::size_t i = 0; i < words.size(); ++i) {
        ours = ours || names_usher(std::string(words[i].text()));
        if (ours && (words[i].text() == "-c" || words[i].text() == "--config") && i + 1 < words.size())
          service.config = known(words[i + 1].text());
      }
      service.names_usher = service.names_usher || ours;
    }
  }

  void build(const YamlView& node, ComposeService& service) const {
    if (!node) return;
    const std::string context = known(node.is_text() ? node.text() : node.find("context").text());
    service.context = joined(folder_of(file_), context.empty() ? "." : context);
    if (!service.context.ends_with('/')) service.context += '/';
    const std::string name = known(node.find("dockerfile").text());
    std::string why;
    if (const auto text = read_text_file(joined(service.context, name.empty() ? "Dockerfile" : name), why))
      service.dockerfile = parse_dockerfile(*text);
  }

  const std::string file_;
  const Environment& environment_;
};

}  // namespace

ComposeService* ComposeStack::find(const std::string& name) {
  const auto found = std::find_if(services.begin(), services.end(),
                                  [&](const ComposeService& service) { return service.name == name; });
  return found == services.end() ? nullptr : &*found;
}

const ComposeService* ComposeStack::find(const std::string& name) const {
  return const_cast<ComposeStack*>(this)->find(name);
}

bool has_healthcheck(const ComposeService& service) {
  if (service.no_healthcheck) return false;
  return service.healthcheck || (service.dockerfile && service.dockerfile->has_healthcheck);
}

void read_compose(const std::string& file, const Environment& environment, ComposeStack& stack,
                  std::vector<ConfigError>& errors) {
  std::string why;
  const auto text = read_text_file(file, why);
  if (!text) return errors.push_back({file, 0, 0, "", "cannot read: " + why});
  const Yaml yaml(*text);
  if (!yaml.problem().empty())
    return errors.push_back({file, yaml.line(), yaml.column(), "", yaml.problem()});
  const YamlView services = yaml.root().find("services");
  if (!services.is_map())
    return errors.push_back({file, 1, 1, "services", "expected the services of a Compose file"});
  const auto entries = services.entries();
  if (entries.size() > kMostServices)
    return errors.push_back({file, services.line(), services.column(), "services",
                             "more than " + std::to_string(kMostServices) + " of them"});
  for (const YamlEntry& entry : entries) {
    const std::string name(entry.key.text());
    const Reading reading(file, environment);
    ComposeService* service = stack.find(name);
    if (!service) {
      stack.services.emplace_back();
      service = &stack.services.back();
      service->place = reading.place(entry.key);
    }
    reading.service(name, entry.value, *service);
  }
}

}  // namespace usher
