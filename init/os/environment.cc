#include "init/os/environment.h"

#include <algorithm>

#include "init/base/known_secrets.h"
#include "init/config/environment_file.h"
#include "init/config/override.h"
#include "init/os/configured_path.h"

namespace usher {
namespace {

constexpr std::size_t kLargestFile = 1 << 20;

}  // namespace

EnvironmentBlock::EnvironmentBlock(const char* const* inherited) {
  std::size_t count = 0;
  while (inherited[count] != nullptr) ++count;
  entries_.reserve(count + 8);
  entries_.assign(inherited, inherited + count);
}

void EnvironmentBlock::drop_secrets() {
  std::erase_if(entries_, [](const std::string& entry) {
    return entry.starts_with('U') && names_a_secret_setting(entry.substr(0, entry.find('=')));
  });
}

void EnvironmentBlock::set(std::string_view name, std::string_view value) {
  set_variable(entries_, name, value);
}

void set_variable(std::vector<std::string>& entries, std::string_view name, std::string_view value) {
  std::string entry(name);
  entry += '=';
  const std::size_t prefix = entry.size();
  entry += value;
  for (std::string& old : entries)
    if (old.compare(0, prefix, entry, 0, prefix) == 0) {
      old = std::move(entry);
      return;
    }
  entries.push_back(std::move(entry));
}

EnvironmentResult service_environment(const ServiceConfig& config, const Identity* identity,
                                      const char* const* inherited, AbsentFiles absent) {
  EnvironmentBlock environment(inherited);
  environment.drop_secrets();
  if (identity != nullptr) {
    const std::string name = identity->name.empty() ? std::to_string(identity->uid) : identity->name;
    environment.set("HOME", identity->home.empty() ? "/" : identity->home);
    environment.set("USER", name);
    environment.set("LOGNAME", name);
  }
  for (const std::string& path : config.environment_files) {
    const FileText read = read_configured_file(path, kLargestFile);
    if (read.absent && absent == AbsentFiles::passed_over) continue;
    if (!read.problem.empty())
      return {{}, "cannot read environment file \"" + path + "\": " + read.problem};
    const EnvironmentFile file = parse_environment_file(read.text);
    if (!file.problems.empty())
      return {{}, path + ':' + std::to_string(file.problems[0].line) + ": " + file.problems[0].why};
    for (const EnvironmentVariable& each : file.variables) {
      const auto& secrets = config.secrets;
      if (std::find(secrets.begin(), secrets.end(), each.name) != secrets.end()) note_secret(each.value);
      environment.set(each.name, each.value);
    }
  }
  for (const auto& [name, value] : config.environment) environment.set(name, value);
  return {environment.entries(), ""};
}

}  // namespace usher
