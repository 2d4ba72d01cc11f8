#include "init/cli/help.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "init/base/text.h"
#include "init/cli/check.h"
#include "init/cli/control.h"
#include "init/cli/health.h"
#include "init/cli/message.h"
#include "init/cli/metrics.h"
#include "init/cli/program_path.h"
#include "init/cli/report.h"
#include "init/cli/run.h"
#include "init/cli/schema.h"
#include "init/cli/status.h"
#include "init/cli/version.h"
#include "init/cli/wait.h"
#include "init/config/probe_kind.h"
#include "init/lifecycle/exit_codes.h"

namespace usher {
namespace {

constexpr std::string_view kTitle =
    "usher - PID 1 of a container: starts one service, knows when it is ready, ends with it\n\n";

template <auto command>
int after_name(int argc, char** argv, const InheritedSignals& inherited) {
  return command(argc - 1, argv + 1, inherited);
}

int schema(int argc, char** argv, const InheritedSignals&) { return schema_command(argc - 1, argv + 1); }

int version_or_help(int argc, char** argv, const InheritedSignals&) {
  if (std::string_view(argv[0]) == "version") return version_command();
  return help_command(argc > 1 ? argv[1] : "");
}

constexpr bool kCodeIsAnswer = true, kTextIsAnswer = false;

constexpr Command kCommands[] = {
    {"run ", after_name<run_command>, kTextIsAnswer,
     "  usher [run] [options] [--] COMMAND [ARG...]\n"
     "      -c, --config FILE     configuration (else USHER_CONFIG, else /etc/usher/service.toml)\n"
     "      -p, --profile NAME    overlay [profile.NAME] (else USHER_PROFILE)\n"
     "      --TABLE.KEY VALUE     set any key, for example --shutdown.timeout 5s\n"},
    {"health ", after_name<health_command>, kCodeIsAnswer,
     "  usher health [CHECK...] [--level=LEVEL] [--wait[=DURATION]] [--hold=DURATION] [--json]\n"
     "      ask the running usher: exit 0 healthy, 1 not; --wait holds the answer until it is ready,\n"
     "      --hold one that was given before, until there is another one; levels are alive, ready\n"
     "      (the usual one) and watch\n"
     "      health system asks for every service of the coordination namespace\n"},
    {"status ", after_name<status_command>, kTextIsAnswer,
     "  usher status [--all] [--json] [--watch]\n"
     "      state, checks and dependencies of the service; --watch shows each change; --all shows\n"
     "      every service of the coordination namespace\n"},
    {"metrics ", after_name<metrics_command>, kTextIsAnswer,
     "  usher metrics\n"
     "      what there is to measure, as OpenMetrics text\n"},
    {"stop restart reload signal ", control_command, kCodeIsAnswer,
     "  usher stop | restart | reload | signal SIG\n"
     "      command the running usher, as root or its own user, and wait for the outcome\n"},
    {"wait ", after_name<wait_command>, kTextIsAnswer,
     "  usher wait TARGET... [--timeout DURATION] [--interval DURATION] [-- COMMAND [ARG...]]\n"
     "      until all are there, then become COMMAND; a target is a probe as in a configuration,\n"
     "      '{ type = ... }', or\n"
     "      %TARGETS%\n"
     "      --timeout (300s; 0: none) ends with 92; --interval (2s) is the longest pause\n"},
    {"check ", after_name<check_command>, kTextIsAnswer,
     "  usher check [FILE...] [--print] [--profile NAME]\n"
     "      validate configurations; --print shows every value and where it comes from\n"
     "  usher check [FILE...] --compose COMPOSE\n"
     "      whether a Compose file goes with the configurations of its services\n"
     "  usher check [FILE...] --kubernetes YAML...\n"
     "      the same of pods, and of what makes pods\n"},
    {"report ", after_name<report_command>, kTextIsAnswer,
     "  usher report FILE... [--html[=FILE]]\n"
     "      what reports tell, as a timeline; -: stdin; --html makes one page of it\n"},
    {"schema ", schema, kTextIsAnswer,
     "  usher schema [--reference | --log-events | --alerts | --restart-rules]\n"
     "      JSON Schema of the configuration, for editors; --reference: all its keys, --log-events:\n"
     "      all events of the log, --alerts: all alerts, as Markdown; --restart-rules: what Kubernetes\n"
     "      is to make of the exit codes, as YAML\n"},
    {"version help ", version_or_help, kTextIsAnswer,
     "  usher version | help [COMMAND]\n"},
};

// The next of the names that are left; empty when all are taken.
std::string_view take_name(std::string_view& names) {
  const std::string_view name = names.substr(0, names.find(' '));
  names.remove_prefix(std::min(name.size() + 1, names.size()));
  return name;
}

// The URLs of all kinds of probe, as words of lines that fit.
std::string target_lines() {
  constexpr std::size_t kWidth = 92;
  std::string lines;
  std::size_t column = 0;
  for (const ProbeKind* const kind : probe_kinds()) {
    if (kind->url_form.empty()) continue;
    const bool fits = column + 1 + kind->url_form.size() <= kWidth;
    if (column > 0) lines += fits ? " " : "\n      ";
    column = (fits && column > 0 ? column + 1 : 0) + kind->url_form.size();
    lines += kind->url_form;
  }
  return lines;
}

std::string text_of(const Command& topic) {
  constexpr std::string_view kTargets = "%TARGETS%";
  std::string text(topic.help);
  if (const std::size_t at = text.find(kTargets); at != text.npos)
    text.replace(at, kTargets.size(), target_lines());
  return text;
}

bool is_option(std::string_view word) { return word == "--help" || word == "-h"; }

std::string_view nearest_command(std::string_view word) {
  std::vector<std::string_view> known;
  for (const Command& command : kCommands)
    for (std::string_view names = command.names; !names.empty();) known.push_back(take_name(names));
  return nearest(word, known);
}

int no_topic(std::string_view word) {
  const std::string_view meant = nearest_command(word);
  return usage_error("no command is named " + in_quotes(word) +
                     (meant.empty() ? "" : "; did you mean " + std::string(meant) + '?'));
}

}  // namespace

const Command* find_command(std::string_view word) {
  for (const Command& command : kCommands)
    for (std::string_view names = command.names; !names.empty();)
      if (take_name(names) == word) return &command;
  return nullptr;
}

int help_command(std::string_view about) {
  const Command* const topic = find_command(about);
  if (topic == nullptr && !about.empty()) return no_topic(about);
  std::string text;
  if (topic != nullptr) {
    text = text_of(*topic);
  } else {
    text = kTitle;
    for (const Command& each : kCommands) text += text_of(each);
  }
  if (about.empty() || about == "run") text += exit_code_summary();
  print(text);
  return 0;
}

std::string_view command_meant(std::string_view word) {
  if (word.empty() || word.find_first_of("/-") != std::string_view::npos) return {};
  const std::string_view meant = nearest_command(word);
  const char* const path = ::getenv("PATH");
  if (meant.empty() || is_program(std::string(word), path ? path : "/usr/local/bin:/usr/bin:/bin")) return {};
  return meant;
}

bool is_help(std::string_view word) { return word == "help" || is_option(word); }

bool asks_for_help(int argc, char** argv) {
  int i = 1;
  while (i < argc && !is_option(argv[i]) && std::string_view(argv[i]) != "--") ++i;
  return i < argc && is_option(argv[i]) && std::string_view(argv[0]) != "run" && find_command(argv[0]) != nullptr;
}

}  // namespace usher
