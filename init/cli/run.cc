#include "init/cli/run.h"

#include <malloc.h>
#include <unistd.h>

#include <string>

#include "init/app/app.h"
#include "init/cli/help.h"
#include "init/cli/message.h"
#include "init/cli/run_options.h"
#include "init/config/load.h"
#include "init/os/configured_path.h"

namespace usher {
namespace {

const OwnDialect kOwn;

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
  return App(std::move(loaded.config), std::move(source), inherited, kOwn).refuse_config();
}

int live(Loaded loaded, LoadRequest source, const InheritedSignals& inherited,
         const Dialect& dialect) {
  // The threads that read output share the one heap: a second one would cost pages of its own.
  ::mallopt(M_ARENA_MAX, 1);
  App app(std::move(loaded.config), std::move(source), inherited, dialect);
  app.warn(loaded.warnings);
  int code = app.run();
  if (dialect.stands_in()) code = dialect.exit_code(app.verdict());
#ifdef USHER_CLEAN_EXIT
  if (!app.output_goes_on()) return code;
#endif
  ::_exit(code);  // the kernel gives everything back sooner than we could
}

}  // namespace

int run_command(int argc, char** argv, const InheritedSignals& inherited) {
  RunOptions options = parse_run_options(argc, argv);
  if (options.help) return help_command("run");
  if (!options.problem.empty()) return usage_error(options.problem);
  if (options.load.file.empty()) options.load.file = default_config_file(environ);
  options.load.environment = environ;
  options.load.read_file = read_configured_file;

  Loaded loaded = load_config(options.load);
  if (!loaded.errors.empty()) return refuse(std::move(loaded), std::move(options.load), inherited);

  options.load.file = absolute(options.load.file);
  return live(std::move(loaded), std::move(options.load), inherited, kOwn);
}

int supervise(Config config, const InheritedSignals& inherited, const Dialect* dialect) {
  Loaded loaded;
  loaded.config = std::move(config);
  LoadRequest nowhere;
  nowhere.environment = environ;
  return live(std::move(loaded), std::move(nowhere), inherited,
              dialect != nullptr ? *dialect : kOwn);
}

}  // namespace usher
