#include "init/cli/health.h"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>

#include "init/base/controls.h"
#include "init/base/duration.h"
#include "init/base/json.h"
#include "init/cli/message.h"
#include "init/cli/reach.h"
#include "init/cli/system.h"

namespace usher {
namespace {

constexpr int kHealthy = 0, kUnhealthy = 1;
constexpr Millis kAnswerLimit{5'000};  // beyond what was asked to be waited for
// An usher that is not there after this long has not been started at all.
constexpr Millis kPatienceMost{2'000};

struct HealthOptions {
  ControlRequest request{.ask = Ask::health, .checks = {}, .level = CheckLevel::ready, .wait = {}, .hold = {}, .signal = 0};
  bool json = false;
  std::string problem;
};

// "--wait=30s" of `word`; nothing when it is another option.
bool limit_given(std::string_view word, std::string_view option, HealthOptions& options,
                 Millis& limit) {
  if (!word.starts_with(option)) return false;
  const auto value = parse_duration(word.substr(option.size()));
  if (!value)
    options.problem = std::string(option.substr(0, option.size() - 1)) +
                      ": expected a duration such as 30s";
  limit = value.value_or(Millis{0});
  return true;
}

void take_level(std::string_view word, HealthOptions& options) {
  const auto level = parse_level(word);
  if (level)
    options.request.level = *level;
  else
    options.problem = "--level: expected alive, ready or watch";
}

HealthOptions parse(int argc, char** argv) {
  HealthOptions options;
  bool names_only = false;
  for (int i = 0; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (names_only || !word.starts_with('-')) {
      options.request.checks.emplace_back(word);
    } else if (word == "--") {
      names_only = true;
    } else if (word == "--json") {
      options.json = true;
    } else if (word == "--wait") {
      // No check is called like a time, and who writes "--wait 30s" does not mean one.
      const auto wait = i + 1 < argc ? parse_duration(argv[i + 1]) : std::nullopt;
      options.request.wait = wait.value_or(kWaitMost);
      if (wait) ++i;
    } else if (word.starts_with("--level=")) {
      take_level(word.substr(word.find('=') + 1), options);
    } else if (word == "--level") {
      take_level(i + 1 < argc ? argv[i + 1] : "", options);
      ++i;
    } else if (!limit_given(word, "--wait=", options, options.request.wait) &&
               !limit_given(word, "--hold=", options, options.request.hold)) {
      options.problem = "unknown option " + std::string(word);
    }
  }
  return options;
}

int tell(const HealthOptions& options, std::string text) {
  constexpr std::size_t kMost = 3'000;
  if (text.size() > kMost) text.resize(kMost);
  if (!options.json) {
    print(escape_controls(text) + '\n');
    return kUnhealthy;
  }
  std::string out;
  JsonObject(out).add("v", kControlVersion).add("healthy", false).add("reason", text).end();
  print(out + '\n');
  return kUnhealthy;
}

int tell_system(const HealthOptions& options) {
  if (options.request.checks.size() > 1)
    return tell(options, "system means all services of the namespace, and stands alone");
  if (options.request.hold != Millis{0})
    return tell(options, "--hold: not for system, which no single usher hears the news of");
  if (options.request.level != CheckLevel::ready)
    return tell(options, "--level: not for system, whose services tell of the level ready");
  const SystemHealth health = wait_for_system(options.request.wait);
  if (!options.json) {
    print(escape_controls(health.reason) + '\n');
  } else {
    std::string out;
    JsonObject(out)
        .add("v", kControlVersion)
        .add("healthy", health.healthy)
        .add("reason", health.reason)
        .end();
    print(out + '\n');
  }
  return health.healthy ? kHealthy : kUnhealthy;
}

}  // namespace

int health_command(int argc, char** argv, const InheritedSignals& inherited) {
  give_back_signals(inherited);
  std::set_terminate([] { ::_exit(kUnhealthy); });
  const HealthOptions options = parse(argc, argv);
  if (!options.problem.empty()) return tell(options, options.problem);
  const auto& checks = options.request.checks;
  if (std::find(checks.begin(), checks.end(), "system") != checks.end())
    return tell_system(options);
  const Millis wait = options.request.wait;
  const ControlAnswer answer =
      ask_usher(options.request, std::min(wait, kPatienceMost),
                std::max(wait, options.request.hold) + kAnswerLimit);
  if (!answer.problem.empty()) return tell(options, answer.problem);
  print((options.json ? escape_controls_in_json(answer.line)
                      : escape_controls(answer.json.text_of("reason"))) +
        '\n');
  return answer.json.boolean_of("healthy") ? kHealthy : kUnhealthy;
}

}  // namespace usher
