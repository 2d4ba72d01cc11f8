#include "init/config/load.h"

#include <algorithm>
#include <csignal>
#include <exception>

#include "init/base/file.h"
#include "init/base/known_secrets.h"
#include "init/base/text.h"
#include "init/config/decode.h"
#include "init/config/document.h"
#include "init/config/keys.h"
#include "init/config/origin.h"
#include "init/config/override.h"
#include "init/config/rules.h"

namespace usher {
namespace {

constexpr char kDefaultFile[] = "/etc/usher/service.toml";

// The last part of the command's path, fit for a name.
std::string name_of(const Argv& command) {
  if (command.empty()) return {};
  std::string name = command.front().substr(command.front().rfind('/') + 1).substr(0, 64);
  for (char& c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
    if (!good) c = '_';
  }
  return name.empty() ? "service" : name;
}

// An engine kills after 10 s unless it is told otherwise, Kubernetes after 30: the end has to be ours, so
// that there is a report of it. Where the parts of a stop that are configured need more, they have it.
Millis default_stop_limit(const Config& config, const Environment& environment) {
  const Millis limit(environment.find("KUBERNETES_SERVICE_HOST") ? 25'000 : 8'000);
  Millis parts = config.shutdown.delay;
  for (const StopStep& step : config.shutdown.sequence) parts += step.pause;
  for (const auto* const hooks : {&config.hooks.pre_stop, &config.hooks.post_stop})
    for (const HookCommand& hook : *hooks) parts += hook.timeout_given ? hook.timeout : Millis{0};
  return parts < limit ? limit : Millis{30'000};
}

// What no row of the table can say by itself. `hook_limit`, `stop_limit`: hooks.timeout
// and shutdown.timeout are no defaults.
void complete(Config& config, const LoadRequest& request, bool hook_limit, bool stop_limit) {
  if (!request.command.empty()) config.service.command = request.command;
  if (config.service.name.empty()) config.service.name = name_of(config.service.command);
  HooksConfig& hooks = config.hooks;
  for (auto* const list : {&hooks.pre_start, &hooks.post_ready, &hooks.pre_stop, &hooks.post_stop,
                           &config.alerts.hook})
    for (HookCommand& hook : *list) {
      hook.timeout_given = hook_limit || hook.timeout != kInherited;
      if (hook.timeout == kInherited) hook.timeout = hooks.timeout;
    }
  config.shutdown.timeout_given = stop_limit;
  if (!stop_limit) config.shutdown.timeout = default_stop_limit(config, Environment(request.environment));
  for (DependencyConfig& dependency : config.dependencies)
    if (dependency.interval == kInherited) dependency.interval = config.readiness.interval;
}

ConfigError no_command(const LoadRequest& request) {
  if (request.file.empty())
    return {"", 0, 0, "",
            "no command to run; give one as in `usher -- COMMAND`, or a configuration file with -c "
            "or USHER_CONFIG"};
  return {request.file, 0, 0, "service.command",
          "no command to run; set it here, or give one as in `usher -- COMMAND`"};
}

class Load {
 public:
  Load(const LoadRequest& request, Loaded& loaded)
      : request_(request), loaded_(loaded), environment_(request.environment, request.read_file) {}

  void run() {
    if (!request_.file.empty())
      documents_ = read_documents(request_.file, request_.pipes, environment_, problems_);
    note_secrets_of_start();
    for (const auto& document : documents_) note_secrets(document->settings);
    for (const auto& document : documents_) check(*document);
    // Of what is missing because it cannot be read nothing more is said.
    const bool whole = std::all_of(documents_.begin(), documents_.end(),
                                   [](const auto& document) { return document->whole; });
    if (!whole) {
      loaded_.errors = problems_.take();
      return;
    }
    for (const auto& document : documents_) merge(settings_, document->settings);
    select_profile();
    apply_environment(settings_, environment_, problems_, loaded_.warnings);
    apply_command_line(settings_, request_.overrides, environment_, problems_);

    note_secrets(settings_);
    DecodeContext context{problems_, environment_};
    if (request_.files_may_be_absent) context.absent_files = &loaded_.warnings;
    read_table(context, settings_, keys(), "", &loaded_.config);
    const auto written = [this](std::string_view key) { return find_path(settings_, key) != nullptr; };
    complete(loaded_.config, request_, written("hooks.timeout"), written("shutdown.timeout"));
    for (const std::string& name : loaded_.config.service.secrets)
      if (const auto found = loaded_.config.service.environment.find(name);
          found != loaded_.config.service.environment.end())
        note_secret(found->second);
    check_rules(loaded_.config, settings_, problems_);
    const bool lacks_command = request_.need_command && loaded_.config.service.command.empty() &&
                               !problems_.about("service.command") && !unreadable_file();
    if (lacks_command) problems_.add(no_command(request_));
    if (request_.want_origins) {
      note_command();
      loaded_.origins = list_origins(loaded_.config, settings_, environment_);
    }
    loaded_.errors = problems_.take();
    loaded_.nothing_to_run = lacks_command && request_.file.empty() && loaded_.errors.size() == 1;
  }

 private:
  // What is wrong with these is told when their turn has come.
  void note_secrets_of_start() const {
    Value given;
    Problems problems;
    std::vector<std::string> warnings;
    apply_environment(given, environment_, problems, warnings);
    apply_command_line(given, request_.overrides, environment_, problems);
    note_secrets(given);
  }

  // What service.secrets names, before anything is said that could quote it.
  void note_secrets(Value& settings) const {
    const Value* const names = find_path(settings, "service.secrets");
    const Value* const variables = find_path(settings, "service.environment");
    for (const Value& name : names ? names->items : std::vector<Value>()) {
      if (name.kind != Value::Kind::text) continue;
      note_secret(environment_.find(name.text).value_or(""));
      const Value* const value = variables ? variables->find(name.text) : nullptr;
      if (value && value->kind == Value::Kind::text) note_secret(value->text);
    }
  }

  // Everything in a file is checked, in use or not, so that a mistake in the profile for production
  // is found before production.
  void check(const Document& document) {
    const Environment variables(request_.environment);  // what is not in use may lack its files
    DecodeContext context{problems_, variables, false};
    Config scratch;
    Value settings = document.settings;
    read_table(context, settings, keys(), "", &scratch);
    for (const Member& profile : document.profiles.members) {
      const std::string prefix = "profile." + toml_key(profile.name);
      Value overlay = profile.value;
      if (overlay.kind == Value::Kind::table)
        read_table(context, overlay, keys(), prefix + '.', &scratch);
      else
        problems_.add(overlay.place, prefix, "expected a table, got " + describe(overlay));
    }
  }

  void select_profile() {
    const std::string_view asked = environment_.find("USHER_PROFILE").value_or("");
    const std::string_view wanted = request_.profile.empty() ? asked : request_.profile;
    if (wanted.empty()) return;
    if (request_.file.empty()) {
      const std::string why = "profile " + in_quotes(wanted) + " means nothing without a file";
      if (request_.profile.empty())
        loaded_.warnings.push_back("environment USHER_PROFILE: " + why);
      else
        problems_.add({"command line", 0, 0, "", why});
      return;
    }
    std::vector<std::string_view> known;
    bool found = false;
    for (const auto& document : documents_)
      for (const Member& profile : document->profiles.members) {
        known.push_back(profile.name);
        if (profile.name != wanted) continue;
        found = true;
        if (profile.value.kind == Value::Kind::table) merge(settings_, profile.value);
      }
    if (!found && !unreadable_file()) unknown_profile(wanted, std::move(known));
  }

  void unknown_profile(std::string_view wanted, std::vector<std::string_view> known) {
    std::sort(known.begin(), known.end());
    known.erase(std::unique(known.begin(), known.end()), known.end());
    std::string names;
    for (const std::string_view name : known) names += (names.empty() ? "" : ", ") + std::string(name);
    problems_.add({request_.file, 0, 0, "profile",
                   "no profile " + in_quotes(wanted) +
                       (names.empty() ? "; the file has none" : "; known: " + names)});
  }

  // The file itself has been refused: what it lacks is not the next thing to say.
  bool unreadable_file() const {
    return !request_.file.empty() &&
           (documents_.empty() || documents_.back()->name != request_.file);
  }

  void note_command() {
    if (request_.command.empty()) return;
    Value command;
    command.kind = Value::Kind::array;
    command.place.source = Source::command_line;
    for (const std::string& word : request_.command) {
      command.items.push_back(Value::of_text(word, command.place));
      command.items.back().expanded = true;
    }
    Value overlay, service;
    service.members.push_back({"command", command.place, command});
    overlay.members.push_back({"service", command.place, service});
    merge(settings_, overlay);
  }

  const LoadRequest& request_;
  Loaded& loaded_;
  const Environment environment_;
  Problems problems_;
  Documents documents_;
  Value settings_;
};

}  // namespace

Loaded load_config(const LoadRequest& request) noexcept {
  Loaded loaded;
  try {
    loaded.config.shutdown.signals = {SIGTERM, SIGINT};
    const bool plain = request.file.empty() && request.profile.empty() &&
                       request.overrides.empty() && !request.want_origins &&
                       !names_a_setting(Environment(request.environment));
    if (!plain) {
      Load(request, loaded).run();
      return loaded;
    }
    complete(loaded.config, request, false, false);
    loaded.nothing_to_run = request.need_command && request.command.empty();
    if (loaded.nothing_to_run) loaded.errors.push_back(no_command(request));
  } catch (const std::exception& error) {
    loaded.errors.push_back({request.file, 0, 0, "", std::string("cannot load: ") + error.what()});
  } catch (...) {
    loaded.errors.push_back({request.file, 0, 0, "", "cannot load"});
  }
  return loaded;
}

std::string default_config_file(const char* const* environment) {
  if (const auto named = Environment(environment).find("USHER_CONFIG"); named && !named->empty())
    return std::string(*named);
  return is_readable(kDefaultFile) ? kDefaultFile : "";
}

}  // namespace usher
