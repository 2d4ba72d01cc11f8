#include "init/cli/check_compose.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "init/base/controls.h"
#include "init/base/text.h"
#include "init/cli/message.h"
#include "init/cli/run_options.h"
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

// In the order in which one repairs them: by file, as they were met, then by line and column.
std::vector<ConfigError> in_order(std::vector<ConfigError> errors) {
  std::vector<std::string> files;
  for (const ConfigError& error : errors)
    if (std::find(files.begin(), files.end(), error.file) == files.end()) files.push_back(error.file);
  const auto rank = [&](const ConfigError& error) {
    return std::find(files.begin(), files.end(), error.file) - files.begin();
  };
  std::stable_sort(errors.begin(), errors.end(), [&](const ConfigError& a, const ConfigError& b) {
    return std::tuple(rank(a), a.line, a.column) < std::tuple(rank(b), b.line, b.column);
  });
  return errors;
}

class ComposeCheck {
 public:
  ComposeCheck(const std::vector<std::string>& configs, const char* const* environment)
      : files_(configs), environment_(environment) {}

  bool run(const std::vector<std::string>& compose) {
    ComposeNotes notes;
    stack_ = read_compose(compose, Environment(environment_), notes);
    load_configs(notes.errors);
    find_misfits(stack_, configs_, notes);
    find_loose_ends(stack_, configs_, notes);
    const bool good = notes.errors.empty();
    print_notes(std::move(notes));
    if (good) print(compose.back() + ": ok\n");
    return good;
  }

 private:
  void load_configs(std::vector<ConfigError>& errors) {
    std::vector<std::string> unused = files_;
    for (const ComposeService& service : stack_.services) {
      const auto options = options_of(words_of(service));
      const std::string file = file_of(service, options, unused);
      if (file.empty() && !service.names_usher && !options) continue;
      if (options && !options->problem.empty())
        errors.push_back({service.place.file, service.place.line, service.place.column,
                          "services." + service.name, "usher refuses its command line: " + options->problem});
      Loaded loaded = load_for_container(file, environment_of(service), options);
      for (ConfigError& error : loaded.errors) {
        if (error.file == "command line")
          error = {service.place.file, service.place.line, service.place.column,
                   "services." + service.name + ": " + error.key, error.why};
        errors.push_back(std::move(error));
      }
      configs_[service.name] = std::move(loaded.config);
    }
    for (const std::string& file : unused)
      complain("warning: no service of the Compose file is that of " + file);
  }

  // Named on the command line, mounted, or copied into the image.
  std::string file_of(const ComposeService& service, const std::optional<RunOptions>& options,
                      std::vector<std::string>& unused) const {
    for (const std::string& file : files_) {
      const Config config = load_for_container(file, environment_of(service), std::nullopt).config;
      if (!is_named_for(file, config, service.name)) continue;
      unused.erase(std::remove(unused.begin(), unused.end(), file), unused.end());
      return file;
    }
    const auto environment = environment_of(service);
    const auto variable = environment.find("USHER_CONFIG");
    std::string path = "/etc/usher/service.toml";
    if (variable != environment.end() && !variable->second.empty()) path = variable->second;
    if (options && !options->load.file.empty()) path = options->load.file;
    const std::string here = found_here(service, path);
    return !here.empty() && ::access(here.c_str(), R_OK) == 0 ? here : "";
  }

  const std::vector<std::string>& files_;
  const char* const* environment_;
  ComposeStack stack_;
  ComposeConfigs configs_;
};

}  // namespace

std::optional<RunOptions> options_of(std::vector<std::string> words) {
  auto at = std::find_if(words.begin(), words.end(),
                         [](const std::string& word) { return last_part(word) == "usher"; });
  if (at == words.end()) return {};
  if (++at != words.end() && *at == "run") ++at;
  std::vector<char*> argv;
  for (; at != words.end(); ++at) argv.push_back(at->data());
  const auto count = static_cast<int>(argv.size());
  argv.push_back(nullptr);
  return parse_run_options(count, argv.data());
}

Loaded load_for_container(const std::string& file, const std::map<std::string, std::string>& environment,
                          const std::optional<RunOptions>& options) {
  std::vector<std::string> entries;
  for (const auto& [name, value] : environment) entries.push_back(name + '=' + value);
  std::vector<const char*> block;
  for (const std::string& entry : entries) block.push_back(entry.c_str());
  block.push_back(nullptr);
  LoadRequest request;
  if (options) request = options->load;
  request.file = file;
  // A profile means nothing without its file, which may be in an image that nobody sees here.
  if (file.empty()) request.profile.clear();
  request.environment = block.data();
  request.need_command = false;
  return load_config(request);
}

bool is_named_for(const std::string& file, const Config& config, const std::string& name) {
  return config.service.name == name || stem(file) == name;
}

void print_notes(ComposeNotes notes) {
  for (const ConfigError& error : in_order(std::move(notes.errors))) print_error(escape_controls(to_string(error)) + '\n');
  for (ConfigError& warning : in_order(std::move(notes.warnings))) {
    // An environment file that is not here is a matter of those who need it.
    warning.why = "warning: " + warning.why;
    print_error(escape_controls(to_string(warning)) + '\n');
  }
}

bool check_compose(const std::vector<std::string>& compose, const std::vector<std::string>& configs,
                   const char* const* environment) {
  return ComposeCheck(configs, environment).run(compose);
}

}  // namespace usher
