#include "init/cli/check_kubernetes.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "init/cli/check_compose.h"
#include "init/cli/message.h"
#include "init/compose/kubernetes.h"
#include "init/config/reader.h"

namespace usher {
namespace {

class KubernetesCheck {
 public:
  explicit KubernetesCheck(const std::vector<std::string>& configs) : files_(configs), unused_(configs) {}

  bool run(const std::vector<std::string>& files) {
    for (const std::string& file : files) {
      std::string why;
      if (const auto text = read_text_file(file, why))
        find_pod_misfits(file, *text, [this](const KubernetesContainer& one) { return config_of(one); }, notes_);
      else
        notes_.errors.push_back({file, 0, 0, "", "cannot read: " + why});
    }
    const bool good = notes_.errors.empty();
    print_notes(std::move(notes_));
    for (const std::string& file : unused_) complain("warning: no container is that of " + file);
    if (good)
      for (const std::string& file : files) print(file + ": ok\n");
    return good;
  }

 private:
  std::optional<Config> config_of(const KubernetesContainer& container) {
    auto environment = container.environment;
    environment.emplace("KUBERNETES_SERVICE_HOST", "kubernetes");  // as each pod has it
    const auto options = options_of(container.words);
    std::string file;
    for (const std::string& one : files_)
      if (file.empty() && is_named_for(one, load_for_container(one, environment, std::nullopt).config, container.name))
        file = one;
    unused_.erase(std::remove(unused_.begin(), unused_.end(), file), unused_.end());
    if (file.empty() && !container.names_usher && !options) return {};
    const ComposePlace& at = container.place;
    if (options && !options->problem.empty())
      notes_.errors.push_back({at.file, at.line, at.column, container.name,
                               "usher refuses its command line: " + options->problem});
    Loaded loaded = load_for_container(file, environment, options);
    for (ConfigError& error : loaded.errors) {
      if (error.file == "command line")
        error = {at.file, at.line, at.column, container.name + ": " + error.key, error.why};
      notes_.errors.push_back(std::move(error));
    }
    return std::move(loaded.config);
  }

  const std::vector<std::string>& files_;
  std::vector<std::string> unused_;
  ComposeNotes notes_;
};

}  // namespace

bool check_kubernetes(const std::vector<std::string>& files, const std::vector<std::string>& configs) {
  return KubernetesCheck(configs).run(files);
}

}  // namespace usher
