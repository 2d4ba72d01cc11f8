// Where the pods of Kubernetes' files and the configurations of their containers do not go together.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "init/compose/stack.h"
#include "init/config/config.h"

namespace usher {

// A container of a pod, as far as it says how usher is configured in it.
struct KubernetesContainer {
  std::string name;
  ComposePlace place;
  std::vector<std::string> words;  // command and args, as far as they are not the image's
  std::map<std::string, std::string> environment;
  bool names_usher = false;  // in its command, a probe, a hook, or by a variable
};

// Nothing where usher is not in it.
using ConfigOfContainer = std::function<std::optional<Config>(const KubernetesContainer&)>;

// `text` has any number of objects: pods and what makes pods of a template; others are passed over.
void find_pod_misfits(const std::string& file, std::string_view text, const ConfigOfContainer& config_of,
                      ComposeNotes& notes);

}  // namespace usher
