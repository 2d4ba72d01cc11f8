#include "init/cli/run.h"

#include <malloc.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "init/app/app.h"
#include "init/cli/help.h"
#include "init/cli/message.h"
#include "init/config/keys.h"
#include "init/config/load.h"

namespace usher {
namespace {

struct RunOptions {
  LoadRequest load;
  std::string problem;
  bool help = false;
};

// "-c FILE", "-cFILE", "--config FILE" and "--config=FILE", for one option.
class OptionReader {
 public:
  OptionReader(int argc, char** argv) : argc_(argc), argv_(argv) {}

  bool at_option() const {
    return index_ < argc_ && argv_[index_][0] == '-' && argv_[index_][1] != '\0';
  }
  std::string_view word() const { return argv_[index_]; }
  void skip() { ++index_; }
  Argv rest() const { return Argv(argv_ + index_, argv_ + argc_); }

  // Whether the word is this option; its value is then in `value`, or `problem` says it is missing.
  bool take(std::string_view letter, std::string_view name, std::string& value,
            std::string& problem) {
    const std::string_view text = word();
    if (text == letter || text == name) {
      ++index_;
      if (index_ >= argc_)
        problem = "option " + std::string(text) + " needs a value";
      else
        value = argv_[index_++];
      return true;
    }
    if (text.starts_with(name) && text.size() > name.size() && text[name.size()] == '=') {
      value = text.substr(name.size() + 1);
    } else if (!letter.empty() && text.starts_with(letter) && !text.starts_with("--")) {
      value = text.substr(letter.size());
    } else {
      return false;
    }
    ++index_;
    return true;
  }

 private:
  int argc_;
  char** argv_;
  int index_ = 0;
};

// "--shutdown.timeout=5s" and "--shutdown.timeout 5s": any key of the configuration. What has a dot
// is meant to be one; health and dependency have none.
bool take_key(OptionReader& reader, RunOptions& options) {
  const std::string_view text = reader.word();
  if (!text.starts_with("--")) return false;
  const std::string name(text.substr(0, text.find('=')));
  if (name.find('.') == name.npos && find_key(name.substr(2)) == nullptr) return false;
  std::string value;
  reader.take({}, name, value, options.problem);
  options.load.overrides.emplace_back(name.substr(2), value);
  return true;
}

RunOptions parse(int argc, char** argv) {
  RunOptions options;
  OptionReader reader(argc, argv);
  while (reader.at_option() && options.problem.empty()) {
    const std::string_view text = reader.word();
    if (text == "--") {
      reader.skip();
      break;
    }
    if (text == "--help" || text == "-h") {
      options.help = true;
      break;
    }
    if (reader.take("-c", "--config", options.load.file, options.problem) ||
        reader.take("-p", "--profile", options.load.profile, options.problem) ||
        take_key(reader, options))
      continue;
    options.problem = "unknown option " + std::string(text);
  }
  options.load.command = reader.rest();
  return options;
}

// The App leaves the directory that we were started in.
std::string absolute(const std::string& path) {
  char directory[4096];
  if (path.empty() || path.starts_with('/') || ::getcwd(directory, sizeof directory) == nullptr)
    return path;
  return std::string(directory) + '/' + path;
}

// A life that could not begin has a report, too, so that whoever looks for one finds it; but nobody
// who has only typed `usher` looks for one.
int refuse(Loaded loaded, LoadRequest source, const InheritedSignals& inherited) {
  if (loaded.nothing_to_run) return usage_error(to_string(loaded.errors.front()));
  for (const ConfigError& error : loaded.errors) complain(to_string(error));
  if (source.file.empty() && source.command.empty()) return exit_code::kConfig;
  return App(std::move(loaded.config), std::move(source), inherited).refuse_config();
}

int live(Loaded loaded, LoadRequest source, const InheritedSignals& inherited,
         const Dialect* dialect) {
  // The threads that read output share the one heap: a second one would cost pages of its own.
  ::mallopt(M_ARENA_MAX, 1);
  App app(std::move(loaded.config), std::move(source), inherited, dialect);
  app.warn(loaded.warnings);
  int code = app.run();
  if (dialect != nullptr) code = dialect->exit_code(app.verdict());
#ifdef USHER_CLEAN_EXIT
  if (!app.output_goes_on()) return code;
#endif
  ::_exit(code);  // the kernel gives everything back sooner than we could
}

}  // namespace

int run_command(int argc, char** argv, const InheritedSignals& inherited) {
  RunOptions options = parse(argc, argv);
  if (options.help) return help_command("run");
  if (!options.problem.empty()) return usage_error(options.problem);
  if (options.load.file.empty()) options.load.file = default_config_file(environ);
  options.load.environment = environ;

  Loaded loaded = load_config(options.load);
  if (!loaded.errors.empty()) return refuse(std::move(loaded), std::move(options.load), inherited);

  options.load.file = absolute(options.load.file);
  return live(std::move(loaded), std::move(options.load), inherited, nullptr);
}

int supervise(Config config, const InheritedSignals& inherited, const Dialect* dialect) {
  Loaded loaded;
  loaded.config = std::move(config);
  LoadRequest nowhere;
  nowhere.environment = environ;
  return live(std::move(loaded), std::move(nowhere), inherited, dialect);
}

}  // namespace usher
