#include "init/cli/check_compose.h"

#include <unistd.h>

#include <algorithm>

#include "init/base/controls.h"
#include "init/base/text.h"
#include "init/cli/message.h"
#include "init/compose/findings.h"
#include "init/config/load.h"

namespace usher {
namespace {

std::string stem(const std::string& file) {
  const std::string last = file.substr(file.rfind('/') + 1);
  return last.substr(0, last.rfind('.'));
}

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// The file here that a path in the container is, if the Compose file or the Dockerfile says so.
std::string found_here(const ComposeService& service, const std::string& path) {
  for (const auto& [source, target] : service.mounts) {
    if (target == path) return source;
    if (path.starts_with(target + '/')) return source + path.substr(target.size());
  }
  if (!service.dockerfile) return {};
  for (const std::string& source : service.dockerfile->sources)
    if (last_part(source) == last_part(path)) return service.context + source;
  return {};
}

class ComposeCheck {
 public:
  ComposeCheck(const std::vector<std::string>& configs, const char* const* environment)
      : files_(configs), environment_(environment) {}

  bool run(const std::vector<std::string>& compose) {
    std::vector<ConfigError> errors;
    for (const std::string& file : compose) read_compose(file, Environment(environment_), stack_, errors);
    if (errors.empty()) {
      load_configs(errors);
      for (ConfigError& found : find_contradictions(stack_, configs_)) errors.push_back(std::move(found));
    }
    for (const ConfigError& error : errors) print_error(escape_controls(to_string(error)) + '\n');
    if (errors.empty()) print(compose.back() + ": ok\n");
    return errors.empty();
  }

 private:
  void load_configs(std::vector<ConfigError>& errors) {
    std::vector<std::string> unused = files_;
    for (const ComposeService& service : stack_.services) {
      const std::string file = file_of(service, unused);
      const bool by_image = service.dockerfile && service.dockerfile->runs_usher;
      if (file.empty() && !service.names_usher && !by_image) continue;
      Loaded loaded = load(file, service);
      for (ConfigError& error : loaded.errors) errors.push_back(std::move(error));
      configs_[service.name] = std::move(loaded.config);
    }
    for (const std::string& file : unused)
      complain("warning: no service of the Compose file is that of " + file);
  }

  // Named on the command line, mounted, or copied into the image.
  std::string file_of(const ComposeService& service, std::vector<std::string>& unused) const {
    for (const std::string& file : files_) {
      const std::string name = load(file, service).config.service.name;
      if (name != service.name && stem(file) != service.name) continue;
      unused.erase(std::remove(unused.begin(), unused.end(), file), unused.end());
      return file;
    }
    const auto variable = service.environment.find("USHER_CONFIG");
    std::string path = "/etc/usher/service.toml";
    if (service.dockerfile && !service.dockerfile->config.empty()) path = service.dockerfile->config;
    if (variable != service.environment.end() && !variable->second.empty()) path = variable->second;
    if (!service.config.empty()) path = service.config;
    const std::string here = found_here(service, path);
    return !here.empty() && ::access(here.c_str(), R_OK) == 0 ? here : "";
  }

  // As usher would in the container: with its environment, and not with ours.
  static Loaded load(const std::string& file, const ComposeService& service) {
    std::vector<std::string> entries;
    for (const auto& [name, value] : service.environment) entries.push_back(name + '=' + value);
    std::vector<const char*> block;
    for (const std::string& entry : entries) block.push_back(entry.c_str());
    block.push_back(nullptr);
    LoadRequest request;
    request.file = file;
    request.environment = block.data();
    request.need_command = false;
    return load_config(request);
  }

  const std::vector<std::string>& files_;
  const char* const* environment_;
  ComposeStack stack_;
  ComposeConfigs configs_;
};

}  // namespace

bool check_compose(const std::vector<std::string>& compose, const std::vector<std::string>& configs,
                   const char* const* environment) {
  return ComposeCheck(configs, environment).run(compose);
}

}  // namespace usher
