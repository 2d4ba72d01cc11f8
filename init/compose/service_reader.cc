#include "init/compose/service_reader.h"

#include <algorithm>

#include "init/base/text.h"
#include "init/config/environment_file.h"
#include "init/config/reader.h"
#include "init/text/words.h"

namespace usher {
namespace {

bool names_usher(const std::string& word) {
  const std::string last = word.substr(word.rfind('/') + 1);
  return last == "usher" || word.find("/usher ") != std::string::npos || word.starts_with("usher ");
}

bool any_names_usher(const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), names_usher);
}

// `!reset` takes away what earlier files have said, `!override` puts itself in its place.
bool begins_anew(const YamlView& node) { return node.tag() == "!reset" || node.tag() == "!override"; }

}  // namespace

std::string ServiceReader::here(const std::string& path) const {
  if (path.starts_with('/')) return path;
  return file_.substr(0, file_.rfind('/') + 1) + path;  // npos + 1 is 0
}

void ServiceReader::configs(const YamlView& node) {
  for (const YamlEntry& entry : node.entries())
    if (const std::string file = known(entry.value.find("file").text()); !file.empty())
      configs_[std::string(entry.key.text())] = here(file);
}

void ServiceReader::read(const YamlView& node, ComposeService& service) const {
  text_of(node, "stop_grace_period", service.stop_grace_period);
  text_of(node, "stop_signal", service.stop_signal);
  text_of(node, "init", service.init);
  if (const YamlView image = node.find("image"); image.is_text()) service.image = known(image.text());
  healthcheck(node.find("healthcheck"), service);
  environment_files(node.find("env_file"), service);
  environment(node.find("environment"), service);
  dependencies(node.find("depends_on"), service);
  links(node, service);
  hosts(node, service);
  mounts(node.find("volumes"), service);
  config_mounts(node.find("configs"), service);
  if (const YamlView entrypoint = node.find("entrypoint"); entrypoint && !entrypoint.is_null()) {
    command(entrypoint, service.entrypoint);
    if (!node.find("command")) service.command.reset();
  }
  command(node.find("command"), service.command);
  for (const auto& words : {service.entrypoint, service.command})
    service.names_usher = service.names_usher || (words && any_names_usher(*words));
  build(node.find("build"), service);
}

void ServiceReader::text_of(const YamlView& node, std::string_view key,
                            std::optional<ComposeText>& out) const {
  const YamlView value = node.find(key);
  if (!value.is_text()) return;
  if (value.is_null() || value.tag() == "!reset")
    out.reset();
  else
    out = ComposeText{interpolate(value.text(), variables_), place(value)};
}

void ServiceReader::healthcheck(const YamlView& node, ComposeService& service) const {
  if (begins_anew(node)) service.healthcheck.reset();
  if (!node.is_map() || node.tag() == "!reset") return;
  if (!service.healthcheck) service.healthcheck.emplace();
  ComposeHealthcheck& check = *service.healthcheck;
  check.place = place(node);
  if (const YamlView test = node.find("test"); test && !test.is_null()) {
    check.test = words(test);
    check.disabled = test.is_list() && !check.test.empty() && check.test.front() == "NONE";
    const bool marked = test.is_list() && !check.test.empty();
    if (marked && (check.test.front() == "CMD" || check.test.front() == "CMD-SHELL"))
      check.test.erase(check.test.begin());
  }
  if (const YamlView off = node.find("disable"); off.is_text())
    check.disabled = parse_compose_boolean(known(off.text())).value_or(false);
  text_of(node, "interval", check.interval);
  text_of(node, "timeout", check.timeout);
  text_of(node, "start_period", check.start_period);
  text_of(node, "start_interval", check.start_interval);
  service.names_usher = service.names_usher || any_names_usher(check.test);
}

void ServiceReader::environment(const YamlView& node, ComposeService& service) const {
  if (begins_anew(node)) service.environment.clear();
  if (node.tag() == "!reset") return;
  const auto set = [&](std::string_view name, std::optional<std::string> value) {
    // Without a value it is the one that Compose itself has been given.
    if (!value) value = variables_.find(name);
    if (value) service.environment[std::string(name)] = std::move(*value);
    service.names_usher = service.names_usher || name.starts_with("USHER_");
  };
  for (const YamlEntry& entry : node.entries())
    set(entry.key.text(), entry.value.is_null() ? std::nullopt : std::optional(known(entry.value.text())));
  for (const YamlView& item : node.items()) {
    const std::string text = known(item.text());
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos)
      set(text, std::nullopt);
    else
      set(text.substr(0, equals), text.substr(equals + 1));
  }
}

void ServiceReader::environment_files(const YamlView& node, ComposeService& service) const {
  if (begins_anew(node)) service.file_environment.clear();
  if (!node || node.is_null() || node.tag() == "!reset") return;
  if (node.is_text()) environment_file(node, service);
  for (const YamlView& item : node.items()) environment_file(item, service);
}

void ServiceReader::environment_file(const YamlView& item, ComposeService& service) const {
  const YamlView path = item.is_text() ? item : item.find("path");
  const std::string name = known(path.text());
  if (name.empty()) return;  // what it is cannot be known
  std::string why;
  const auto text = read_text_file(here(name), why);
  if (!text) {
    const bool required = parse_compose_boolean(known(item.find("required").text())).value_or(true);
    if (required)
      service.absent.push_back({file_, path.line(), path.column(), "services." + service.name + ".env_file",
                                "cannot read " + in_quotes(here(name)) + ": " + why});
    return;
  }
  const bool raw = known(item.find("format").text()) == "raw";
  for (const EnvironmentVariable& each : parse_environment_file(*text).variables) {
    const auto value = raw || each.literal ? each.value : interpolate(each.value, variables_);
    service.file_environment[each.name] = value.value_or(each.value);
  }
}

void ServiceReader::dependencies(const YamlView& node, ComposeService& service) const {
  if (begins_anew(node)) service.depends_on.clear();
  if (node.tag() == "!reset") return;
  for (const YamlView& item : node.items())
    service.depends_on[known(item.text())] = {"service_started", true, place(item)};
  for (const YamlEntry& entry : node.entries()) {
    const std::string condition = known(entry.value.find("condition").text());
    const auto required = parse_compose_boolean(known(entry.value.find("required").text()));
    service.depends_on[std::string(entry.key.text())] = {
        condition.empty() ? "service_started" : condition, required.value_or(true), place(entry.key)};
  }
}

void ServiceReader::links(const YamlView& node, ComposeService& service) const {
  for (const std::string_view key : {"links", "volumes_from"})
    for (const YamlView& item : node.find(key).items()) {
      const std::string text = known(item.text());
      service.started_with.push_back(text.substr(0, text.find(':')));
    }
  for (const std::string_view key : {"network_mode", "ipc", "pid"}) {
    const std::string mode = known(node.find(key).text());
    if (mode.starts_with("service:")) service.started_with.push_back(mode.substr(8));
  }
}

void ServiceReader::hosts(const YamlView& node, ComposeService& service) const {
  for (const std::string_view key : {"container_name", "hostname"})
    if (const std::string host = known(node.find(key).text()); !host.empty()) service.hosts.push_back(host);
  for (const YamlEntry& network : node.find("networks").entries())
    for (const YamlView& alias : network.value.find("aliases").items())
      service.hosts.push_back(known(alias.text()));
}

void ServiceReader::mounts(const YamlView& node, ComposeService& service) const {
  if (begins_anew(node)) service.mounts.clear();
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
    if (source.starts_with('.') || source.starts_with('/')) service.mounts.emplace_back(here(source), target);
  }
}

void ServiceReader::config_mounts(const YamlView& node, ComposeService& service) const {
  for (const YamlView& item : node.items()) {
    const std::string name = known(item.is_text() ? item.text() : item.find("source").text());
    const std::string target = known(item.find("target").text());
    const auto file = configs_.find(name);
    if (file != configs_.end()) service.mounts.emplace_back(file->second, target.empty() ? '/' + name : target);
  }
}

std::vector<std::string> ServiceReader::words(const YamlView& node) const {
  if (node.is_text()) return split_words(known(node.text()));
  std::vector<std::string> out;
  for (const YamlView& item : node.items()) out.push_back(known(item.text()));
  return out;
}

void ServiceReader::command(const YamlView& node, std::optional<std::vector<std::string>>& out) const {
  if (!node) return;
  if (node.is_null() || node.tag() == "!reset")
    out.reset();
  else
    out = words(node);
}

void ServiceReader::build(const YamlView& node, ComposeService& service) const {
  if (!node || node.is_null()) return;
  const std::string context = known(node.is_text() ? node.text() : node.find("context").text());
  if (!context.empty() || service.context.empty()) service.context = here(context.empty() ? "." : context);
  if (!service.context.ends_with('/')) service.context += '/';
  if (const std::string stage = known(node.find("target").text()); !stage.empty()) service.stage = stage;
  if (const YamlView text = node.find("dockerfile_inline"); text.is_text()) {
    service.dockerfile = parse_dockerfile(known(text.text()), service.stage);
    return;
  }
  const std::string name = known(node.find("dockerfile").text());
  const std::string file = name.empty() ? "Dockerfile" : name;
  std::string why;
  if (const auto text = read_text_file(file.starts_with('/') ? file : service.context + file, why))
    service.dockerfile = parse_dockerfile(*text, service.stage);
}

}  // namespace usher
