// The first byte chooses: a Dockerfile, a YAML document, also as pods, or a value of a Compose file. What is named of a text
// is no longer than the text, and a tree is walked in bounded time, whatever aliases and merges it has.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "init/compose/dockerfile.h"
#include "init/compose/kubernetes.h"
#include "init/compose/value.h"
#include "init/compose/yaml.h"

using namespace usher;

namespace {

// As deep and as far as a reader of Compose files goes at most.
void walk(YamlView node, int depth, int& steps) {
  if (!node || depth == 0 || --steps < 0) return;
  if (node.line() == 0) std::abort();
  for (const YamlEntry& entry : node.entries()) {
    walk(entry.key, depth - 1, steps);
    walk(entry.value, depth - 1, steps);
    node.find(entry.key.text());
  }
  for (const YamlView item : node.items()) walk(item, depth - 1, steps);
}

void read_dockerfile(std::string_view text) {
  const Dockerfile file = parse_dockerfile(text);
  for (const std::string& source : file.sources)
    if (source.size() > text.size()) std::abort();
  parse_dockerfile(text, "stage");
}

void read_value(std::string_view text) {
  static const char* const kEnvironment[] = {"A=1", "EMPTY=", nullptr};
  static const Environment environment(kEnvironment);
  ComposeVariables variables(environment);
  variables.add_file(text);
  interpolate(text, variables);
  parse_compose_boolean(text);
  if (const auto duration = parse_compose_duration(text); duration && duration->count() < 0) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] % 3 == 0) {
    read_dockerfile(text);
  } else if (data[0] % 3 == 1) {
    const Yaml yaml(text);
    if (!yaml.problem().empty() && yaml.root()) std::abort();
    int steps = 10'000;
    walk(yaml.root(), 16, steps);
    yaml.twice();
    ComposeNotes notes;
    find_pod_misfits("pod.yaml", text, [](const KubernetesContainer&) { return Config(); }, notes);
  } else {
    read_value(text);
  }
  return 0;
}
