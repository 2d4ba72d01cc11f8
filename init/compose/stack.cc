#include "init/compose/stack.h"

#include <algorithm>
#include <memory>
#include <set>

#include "init/base/text.h"
#include "init/compose/service_reader.h"
#include "init/compose/yaml.h"
#include "init/config/reader.h"
#include "init/text/words.h"

namespace usher {
namespace {

constexpr std::size_t kMostServices = 1000;
constexpr std::size_t kDeepest = 16;
constexpr std::size_t kMostFiles = 64;

// With its slash; empty for a file in the current one.
std::string folder_of(const std::string& file) { return file.substr(0, file.rfind('/') + 1); }

class Reading {
 public:
  Reading(const Environment& environment, ComposeStack& stack, ComposeNotes& notes)
      : environment_(environment), stack_(stack), notes_(notes) {}

  void run(const std::vector<std::string>& files) {
    ComposeVariables variables(environment_);
    if (!files.empty()) add_environment(variables, folder_of(files.front()) + ".env");
    for (const std::string& file : files) read(file, variables, stack_.services.empty());
  }

 private:
  // A file in which all that there is to say has been said. Null where it cannot be read.
  const Yaml* open(const std::string& file) {
    if (const auto known = opened_.find(file); known != opened_.end()) return known->second.get();
    auto& yaml = opened_[file];
    std::string why;
    const auto text = opened_.size() <= kMostFiles ? read_text_file(file, why) : std::nullopt;
    if (!text) return error({file, 0, 0, "", "cannot read: " + (why.empty() ? "too many files" : why)}), nullptr;
    yaml = std::make_unique<Yaml>(*text);
    if (!yaml->problem().empty()) {
      error({file, yaml->line(), yaml->column(), "", yaml->problem()});
      yaml.reset();
      return nullptr;
    }
    for (const YamlTwice& twice : yaml->twice()) {
      std::string why_not = in_quotes(twice.key.text()) + " is there twice in one map, first in line " +
                            std::to_string(twice.first.line()) + "; the engine takes one of each";
      if (twice.key.text() == "<<") why_not += ": write << : [*one, *other]";
      error({file, twice.key.line(), twice.key.column(), "", std::move(why_not)});
    }
    return yaml.get();
  }

  static void add_environment(ComposeVariables& variables, const std::string& file) {
    std::string why;
    if (const auto text = read_text_file(file, why)) variables.add_file(*text);
  }

  void read(const std::string& file, const ComposeVariables& variables, bool first) {
    const Yaml* const yaml = open(file);
    if (!yaml) return;
    const YamlView root = yaml->root();
    const YamlView services = root.find("services"), include = root.find("include");
    const bool none = !services || services.is_null();
    if (root.is_map() && include) includes(file, include, variables);
    if (none && root.is_map() && (include || !first)) return;  // networks and volumes alone
    if (!services.is_map())
      return error({file, 1, 1, "services", "expected the services of a Compose file"});
    const auto entries = services.entries();
    if (entries.size() > kMostServices)
      return error({file, services.line(), services.column(), "services",
                    "more than " + std::to_string(kMostServices) + " of them"});
    ServiceReader reader(file, variables);
    reader.configs(root.find("configs"));
    for (const YamlEntry& entry : entries) {
      if (entry.value.tag() == "!reset") continue;
      ComposeService& service = known(std::string(entry.key.text()), reader.place(entry.key));
      extended(reader, file, entry.value, variables, service, 0);
    }
  }

  ComposeService& known(const std::string& name, ComposePlace place) {
    if (ComposeService* const service = stack_.find(name)) return *service;
    ComposeService service;
    service.name = name;
    service.place = std::move(place);
    service.hosts.push_back(name);
    stack_.services.push_back(std::move(service));
    return stack_.services.back();
  }

  // What it extends first, which may be in another file, and may extend another in turn.
  void extended(const ServiceReader& reader, const std::string& file, const YamlView& node,
                const ComposeVariables& variables, ComposeService& service, std::size_t depth) {
    if (const YamlView extends = node.find("extends"); extends && !extends.is_null()) {
      const std::string name = reader.known(extends.is_text() ? extends.text() : extends.find("service").text());
      const std::string other = reader.known(extends.find("file").text());
      const ComposePlace place = reader.place(extends);
      const std::string from = other.empty() ? file : reader.here(other);
      std::string why;
      if (depth >= kDeepest)
        why = "more than " + std::to_string(kDeepest) + " services extend each other";
      else if (!base(from, name, variables, service, depth))
        why = "there is no service " + in_quotes(name) + (other.empty() ? "" : " in " + from);
      if (!why.empty())
        error({place.file, place.line, place.column, "services." + service.name + ".extends", why});
    }
    reader.read(node, service);
  }

  bool base(const std::string& file, const std::string& name, const ComposeVariables& variables,
            ComposeService& service, std::size_t depth) {
    const Yaml* const yaml = open(file);
    if (!yaml) return true;  // and it has been said why
    const YamlView node = yaml->root().find("services").find(name);
    if (!node) return false;
    ServiceReader reader(file, variables);
    reader.configs(yaml->root().find("configs"));
    extended(reader, file, node, variables, service, depth + 1);
    return true;
  }

  // Projects of their own, with an .env and a folder of their own; what we know goes before that.
  void includes(const std::string& file, const YamlView& node, const ComposeVariables& outer) {
    const ServiceReader reader(file, outer);
    if (including_.size() >= kDeepest || !including_.insert(file).second) {
      const ComposePlace place = reader.place(node);
      return error({place.file, place.line, place.column, "include", "a file includes itself"});
    }
    for (const YamlView& item : node.items()) {
      const YamlView path = item.is_text() ? item : item.find("path");
      std::vector<std::string> files;
      if (path.is_text()) files.push_back(reader.here(reader.known(path.text())));
      for (const YamlView& each : path.items()) files.push_back(reader.here(reader.known(each.text())));
      if (files.empty()) continue;
      ComposeVariables variables = outer;
      const YamlView named = item.find("env_file");
      if (!named) add_environment(variables, folder_of(files.front()) + ".env");
      if (named.is_text()) add_environment(variables, reader.here(reader.known(named.text())));
      for (const YamlView& each : named.items())
        add_environment(variables, reader.here(reader.known(each.text())));
      for (const std::string& each : files) read(each, variables, false);
    }
    including_.erase(file);
  }

  void error(ConfigError what) { notes_.errors.push_back(std::move(what)); }

  const Environment& environment_;
  ComposeStack& stack_;
  ComposeNotes& notes_;
  std::map<std::string, std::unique_ptr<Yaml>> opened_;
  std::set<std::string> including_;
};

bool is_shell(const std::string& program) {
  const std::string name = program.substr(program.rfind('/') + 1);
  return name == "sh" || name == "bash" || name == "ash" || name == "dash" || name == "busybox";
}

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
  if (service.healthcheck && service.healthcheck->disabled) return false;
  if (service.healthcheck && !service.healthcheck->test.empty()) return true;
  return service.dockerfile && service.dockerfile->healthcheck;
}

std::vector<std::string> words_of(const ComposeService& service) {
  const auto& image = service.dockerfile;
  std::vector<std::string> words;
  if (service.entrypoint)
    words = *service.entrypoint;
  else if (image)
    words = image->entrypoint;
  if (service.command)
    words.insert(words.end(), service.command->begin(), service.command->end());
  else if (image && !service.entrypoint)
    words.insert(words.end(), image->command.begin(), image->command.end());
  const auto flag = std::find(words.begin(), words.end(), "-c");
  if (!words.empty() && is_shell(words.front()) && flag != words.end() && flag + 1 != words.end())
    return split_words(*(flag + 1));
  return words;
}

std::map<std::string, std::string> environment_of(const ComposeService& service) {
  std::map<std::string, std::string> out;
  if (service.dockerfile) out = service.dockerfile->environment;
  for (const auto& [name, value] : service.file_environment) out[name] = value;
  for (const auto& [name, value] : service.environment) out[name] = value;
  return out;
}

ComposeStack read_compose(const std::vector<std::string>& files, const Environment& environment,
                          ComposeNotes& notes) {
  ComposeStack stack;
  Reading(environment, stack, notes).run(files);
  return stack;
}

}  // namespace usher
