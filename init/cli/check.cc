#include "init/cli/check.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "init/base/controls.h"
#include "init/base/text.h"
#include "init/cli/check_compose.h"
#include "init/cli/check_kubernetes.h"
#include "init/cli/message.h"
#include "init/cli/program_path.h"
#include "init/cli/reach.h"
#include "init/config/doubts.h"
#include "init/config/environment_file.h"
#include "init/config/load.h"
#include "init/config/reader.h"
#include "init/lifecycle/policy.h"
#include "init/os/configured_path.h"
#include "init/os/identity.h"

namespace usher {
namespace {

struct CheckOptions {
  std::vector<std::string> files, compose, kubernetes;
  std::string profile;
  bool print = false;
  // Of files that are named here; of the one that run finds by itself, what run would say.
  Pipes pipes = Pipes::read;
  std::string problem;
};

CheckOptions parse(int argc, char** argv) {
  CheckOptions options;
  bool only_files = false;
  for (int i = 0; i < argc && options.problem.empty(); ++i) {
    const std::string word = argv[i];
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const bool takes_value = name == "--profile" || name == "-p" || name == "--config" ||
                             name == "-c" || name == "--compose" || name == "--kubernetes";
    if (only_files || word.size() < 2 || word[0] != '-') {
      options.files.push_back(word);
    } else if (word == "--") {
      only_files = true;
    } else if (word == "--print") {
      options.print = true;
    } else if (!takes_value) {
      options.problem = "unknown option " + word;
    } else if (equals == std::string::npos && i + 1 == argc) {
      options.problem = "option " + word + " needs a value";
    } else {
      const std::string value = equals == std::string::npos ? argv[++i] : word.substr(equals + 1);
      if (name == "--profile" || name == "-p")
        options.profile = value;
      else
        (name == "--compose" ? options.compose : name == "--kubernetes" ? options.kubernetes : options.files)
            .push_back(value);
    }
  }
  if (!options.compose.empty() && (options.print || !options.profile.empty()))
    options.problem = "--compose takes profiles from the Compose file and prints nothing";
  if (options.kubernetes.empty()) return options;
  if (!options.compose.empty() || options.print || !options.profile.empty())
    options.problem = "--kubernetes takes files, and configurations to read them with";
  // What follows is more of them, but for configurations.
  const auto more = std::stable_partition(options.files.begin(), options.files.end(), [](const std::string& file) {
    return !file.ends_with(".yaml") && !file.ends_with(".yml");
  });
  options.kubernetes.insert(options.kubernetes.end(), more, options.files.end());
  options.files.erase(more, options.files.end());
  return options;
}

void complain_line(const std::string& text) {
  // As compilers do, so that editors find the place.
  print_error(escape_controls(text) + '\n');
}

// [section], or [[section]] for "health[0]".
std::string header_of(std::string_view section) {
  const std::size_t bracket = section.find('[');
  if (bracket == std::string_view::npos) return '[' + std::string(section) + ']';
  return "[[" + std::string(section.substr(0, bracket)) + "]]";
}

// TOML that reads back as the same configuration, but for the secrets that are left out.
std::string printed(const std::vector<Origin>& origins) {
  std::string out;
  const std::string* section = nullptr;
  for (const Origin& origin : origins) {
    if (!section || *section != origin.section) {
      if (section) out += '\n';
      if (!origin.section.empty()) out += header_of(origin.section) + '\n';
      section = &origin.section;
    }
    out += origin.key + " = " + origin.value + "  # " + origin.source + '\n';
  }
  return out;
}

// The PATH by which the service will look: its own, or the one that we have.
std::string path_of(const ServiceConfig& service) {
  for (const auto& [name, value] : service.environment)
    if (name == "PATH") return value;
  const char* const path = ::getenv("PATH");
  return path ? path : "/usr/local/bin:/usr/bin:/bin";
}

// What this machine lacks. It need not be the one that the configuration is for.
std::vector<std::string> missing_here(const ServiceConfig& service) {
  std::vector<std::string> missing;
  struct stat info;
  const bool nowhere =
      !service.workdir.empty() && (::stat(service.workdir.c_str(), &info) != 0 || !S_ISDIR(info.st_mode));
  if (nowhere) missing.push_back("service.workdir: there is no directory " + in_quotes(service.workdir) + " here");
  // A relative one begins in the directory that is not here.
  const bool unknown = nowhere && !service.command.empty() && !service.command.front().starts_with('/') &&
                       service.command.front().find('/') != std::string::npos;
  if (!service.command.empty() && !unknown &&
      !is_program(service.command.front(), path_of(service), nowhere ? "" : service.workdir))
    missing.push_back("service.command: cannot find " + in_quotes(service.command.front()) + " here");
  for (const std::string& file : service.environment_files)
    if (::access(file.c_str(), R_OK) != 0)
      missing.push_back("service.environment_files: cannot read " + in_quotes(file) + " here");
  if (!service.user.empty())
    if (const std::string problem = find_identity(service.user).problem; !problem.empty())
      missing.push_back("service.user: " + problem);
  return missing;
}

// Mistakes in environment files that are here: the service would not be started.
bool check_environment_files(const ServiceConfig& service) {
  bool good = true;
  for (const std::string& file : service.environment_files) {
    std::string why;
    const auto text = read_text_file(file, why);
    if (!text) continue;  // told as missing
    for (const EnvironmentFile::Problem& problem : parse_environment_file(*text).problems) {
      complain_line(file + ':' + std::to_string(problem.line) + ": " + problem.why);
      good = false;
    }
  }
  return good;
}

bool check_file(const std::string& file, const CheckOptions& options) {
  LoadRequest request;
  request.file = file;
  request.profile = options.profile;
  request.environment = environ;
  request.want_origins = options.print;
  request.need_command = false;
  request.pipes = options.pipes;
  request.read_file = read_configured_file;
  request.files_may_be_absent = true;
  const Loaded loaded = load_config(request);
  for (const ConfigError& error : loaded.errors) complain_line(to_string(error));
  for (const std::string& warning : loaded.warnings) complain_line("warning: " + warning);
  if (!loaded.errors.empty()) return false;
  const std::string where = file.empty() ? "" : file + ": ";
  for (const std::string& what : missing_here(loaded.config.service))
    complain_line(where + "warning: " + what);
  for (const std::string& doubt : doubts_about(loaded.config)) complain_line(where + "warning: " + doubt);
  if (!check_environment_files(loaded.config.service)) return false;
  if (options.print)
    print(printed(loaded.origins));
  else
    print(where + "ok\n");
  return true;
}

}  // namespace

int check_command(int argc, char** argv, const InheritedSignals& inherited) {
  give_back_signals(inherited);  // whoever waits for it may have enough of that
  CheckOptions options = parse(argc, argv);
  if (!options.problem.empty()) return usage_error(options.problem);
  if (!options.compose.empty())
    return check_compose(options.compose, options.files, environ) ? 0 : exit_code::kConfig;
  if (!options.kubernetes.empty())
    return check_kubernetes(options.kubernetes, options.files) ? 0 : exit_code::kConfig;
  if (options.files.empty()) {
    options.files.push_back(default_config_file(environ));
    options.pipes = Pipes::refused;
    if (options.files.front().empty())
      complain("no configuration file: the environment alone is checked");
  }
  bool good = true;
  for (const std::string& file : options.files) good = check_file(file, options) && good;
  return good ? 0 : exit_code::kConfig;
}

}  // namespace usher
