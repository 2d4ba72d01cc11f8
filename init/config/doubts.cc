#include "init/config/doubts.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "init/base/text.h"

namespace usher {
namespace {

template <std::size_t size>
bool is_among(const std::array<std::string_view, size>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The argument by which a command leaves the foreground; empty: none is known to.
std::string_view detaching_argument(const Argv& command) {
  constexpr std::array<std::string_view, 8> kOptions{"--daemon",  "--daemonize", "--background", "--detach",
                                                     "--detached", "--fork",      "-daemon",      "-detached"};
  constexpr std::array<std::string_view, 4> kNo{"no", "off", "false", "0"};
  constexpr std::array<std::string_view, 5> kStarters{"service", "pg_ctl", "apachectl", "apache2ctl", "catalina.sh"};
  if (command.empty()) return {};
  const std::string_view program = command.front();
  const std::string_view name = program.substr(program.rfind('/') + 1);
  const bool starts = is_among(kStarters, name) || program.starts_with("/etc/init.d/");
  for (std::size_t i = 1; i < command.size(); ++i) {
    const std::string_view word = command[i];
    if (word == "--") break;
    if (starts && word == "start") return word;
    const std::size_t equals = word.find('=');
    if (!is_among(kOptions, word.substr(0, equals))) continue;
    const std::string_view value = equals != word.npos         ? word.substr(equals + 1)
                                   : i + 1 < command.size() ? std::string_view(command[i + 1])
                                                            : "";
    if (!is_among(kNo, value)) return word;
  }
  return {};
}

bool says_who_goes_on(const Config& config) {
  return !config.readiness.pid_file.empty() || !notify_probes(config).empty();
}

// Once it has passed it says that the service was well, not that it is.
std::string_view latch_of(const ProbeConfig& probe) {
  if (const auto* const line = probe.as<LineProbe>(); line && line->max_silence == Millis{0})
    return "a line that was seen once stays seen, so this check cannot fail any more; max_silence = \"60s\" in "
           "its probe asks that output goes on";
  if (const auto* const notify = probe.as<NotifyProbe>(); notify && notify->fd >= 0)
    return "a newline on a descriptor is seen once, so this check cannot fail any more; NOTIFY_SOCKET has a "
           "watchdog";
  return {};
}

}  // namespace

std::vector<std::string> doubts_about(const Config& config) {
  std::vector<std::string> doubts;
  const std::string_view argument = detaching_argument(config.service.command);
  if (!argument.empty() && !says_who_goes_on(config))
    doubts.push_back("service.command: " + in_quotes(argument) +
                     " sends it into the background, and that counts as its end; keep it in the foreground, or "
                     "name the file in which it writes its number: service.pid_file");
  for (const HealthConfig& check : config.health)
    if (const std::string_view why = latch_of(check.probe); !why.empty() && check.level != CheckLevel::watch)
      doubts.push_back("health " + in_quotes(check.name) + ": " + std::string(why));
  return doubts;
}

}  // namespace usher
