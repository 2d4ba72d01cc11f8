#include "init/compose/findings.h"

#include <algorithm>
#include <csignal>

#include "init/base/duration.h"
#include "init/base/signal_name.h"
#include "init/base/text.h"
#include "init/text/words.h"

namespace usher {
namespace {

constexpr Millis kDockerGrace{10'000};
constexpr Millis kDockerTimeout{30'000}, kDockerInterval{30'000}, kDockerStartInterval{5'000};
constexpr std::string_view kRightCheck =
    R"(test: ["CMD", "/usher", "health", "--wait=50s", "--hold=50s"], with interval: 100ms and timeout: 60s)";

std::string names_of(const std::vector<int>& signals) {
  std::string out;
  for (const int signal : signals) out += (out.empty() ? "" : ", ") + signal_name(signal);
  return out.empty() ? "none" : out;
}

class Misfits {
 public:
  Misfits(const ComposeService& service, const Config& config, ComposeNotes& notes)
      : service_(service), config_(config), notes_(notes) {}

  void run() {
    const auto& absent = service_.absent;
    notes_.warnings.insert(notes_.warnings.end(), absent.begin(), absent.end());
    check_grace();
    check_signal();
    check_init();
    if (config_.service.type != ServiceType::job || has_healthcheck(service_)) check_health();
  }

 private:
  ConfigError finding(const ComposePlace& place, std::string_view key, std::string why) const {
    std::string path = "services." + service_.name;
    if (!key.empty()) path += '.' + std::string(key);
    return {place.file, place.line, place.column, std::move(path), std::move(why)};
  }
  void add(const ComposePlace& place, std::string_view key, std::string why) {
    notes_.errors.push_back(finding(place, key, std::move(why)));
  }

  // A duration of the Compose file, or else of the image, or else of the engine. Nothing where it
  // cannot be known; what is none is told.
  std::optional<Millis> duration(const std::optional<ComposeText>& given, std::string_view key,
                                 const std::string& of_image, Millis otherwise) {
    if (!given) {
      if (of_image.empty()) return otherwise;
      return parse_compose_duration(of_image);
    }
    if (!given->text) return {};
    const auto value = parse_compose_duration(*given->text);
    if (!value)
      add(given->place, key, "expected a duration such as \"40s\", got " + in_quotes(*given->text));
    return value;
  }

  void check_grace() {
    const auto& given = service_.stop_grace_period;
    const auto grace = duration(given, "stop_grace_period", "", kDockerGrace);
    if (!grace) return;
    const Millis more = has_last_words(config_) ? config_.shutdown.last_words : Millis{0};
    if (*grace > config_.shutdown.timeout + more) return;
    std::string ours = "shutdown.timeout is " + format_duration(config_.shutdown.timeout);
    if (more > Millis{0}) ours += ", shutdown.last_words " + format_duration(more) + " on top of it";
    if (!given)
      return add(service_.place, "",
                 ours + ", and without a stop_grace_period the engine kills after 10s; set one above it");
    add(given->place, "stop_grace_period", ours + ", so the engine may kill first; give it more than that");
  }

  // What the engine sends has to mean a stop to usher.
  void check_signal() {
    const bool here = service_.stop_signal.has_value();
    if (here && !service_.stop_signal->text) return;
    const std::string name = here ? *service_.stop_signal->text
                                  : service_.dockerfile ? service_.dockerfile->stop_signal : "";
    if (name.empty() || name.find('$') != std::string::npos) return;
    const ComposePlace& place = here ? service_.stop_signal->place : service_.place;
    const auto signal = parse_signal(name);
    if (!signal) return add(place, "stop_signal", "expected a signal such as \"SIGTERM\", got " + in_quotes(name));
    const auto& signals = config_.shutdown.signals;
    if (*signal != SIGWINCH && std::find(signals.begin(), signals.end(), *signal) != signals.end()) return;
    std::string why = here ? "" : "the image has STOPSIGNAL ";
    why += signal_name(*signal);
    why += here ? " is " : ", which is ";
    if (*signal == SIGWINCH)
      why += "a new window size to usher, which stops nothing; set stop_signal: SIGTERM, and for the service "
             "shutdown.rewrite = { SIGTERM = \"SIGWINCH\" }";
    else
      why += "no stop to usher, which only passes it on: shutdown.signals has " + names_of(signals) +
             "; add it there, or set stop_signal: SIGTERM";
    add(place, "stop_signal", std::move(why));
  }

  void check_init() {
    if (!service_.init || !service_.init->text) return;
    const auto init = parse_compose_boolean(*service_.init->text);
    if (!init)
      add(service_.init->place, "init", "expected true or false, got " + in_quotes(*service_.init->text));
    else if (*init)
      add(service_.init->place, "init", "usher is an init itself; leave this out, or it runs below another one");
  }

  void check_health() {
    const auto& given = service_.healthcheck;
    if (!has_healthcheck(service_)) {
      const bool off = given && given->disabled;
      const std::string_view what = off                    ? "is switched off"
                                    : service_.dockerfile  ? "is missing, here and in the Dockerfile"
                                                           : "is missing here, and no Dockerfile shows one";
      // Its times alone are for the check of an image that nobody here can see.
      if (given && !off && !service_.dockerfile) return;
      return add(off ? given->place : service_.place, "healthcheck",
                 std::string(what) + ", so the engine does not know when it is ready; for example " +
                     std::string(kRightCheck));
    }
    const bool here = given && !given->test.empty();
    const ImageHealthcheck image =
        service_.dockerfile ? service_.dockerfile->healthcheck.value_or(ImageHealthcheck{}) : ImageHealthcheck{};
    const auto ours = our_check(here ? given->test : image.command);
    const ComposePlace& place = given ? given->place : service_.place;
    if (!ours)
      notes_.warnings.push_back(finding(
          place, "healthcheck", "does not ask usher, which knows when the service is ready; for example " +
                                    std::string(kRightCheck)));
    else
      check_times(place, given.value_or(ComposeHealthcheck{}), image, *ours);
  }

  void check_times(const ComposePlace& place, const ComposeHealthcheck& given, const ImageHealthcheck& image,
                   const OurCheck& ours) {
    const auto timeout = duration(given.timeout, "healthcheck.timeout", image.timeout, kDockerTimeout);
    const auto period = duration(given.start_period, "healthcheck.start_period", image.start_period, Millis{0});
    const auto interval = duration(given.interval, "healthcheck.interval", image.interval, kDockerInterval);
    if (timeout && ours.longest > Millis{0} && *timeout <= ours.longest)
      add(given.timeout ? given.timeout->place : place, "healthcheck.timeout",
          "is " + format_duration(*timeout) + ", and usher health may take " + format_duration(ours.longest) +
              " (--wait, --hold): the engine gives up first, and counts that as a failure");
    const bool asks_late = !given.start_interval && image.start_interval.empty();
    if (period && interval && *period > Millis{0} && *interval < kDockerStartInterval && asks_late)
      add(given.start_period ? given.start_period->place : place, "healthcheck.start_period",
          "without a start_interval Docker asks for the first time after 5s, from version 25 on; leave "
          "start_period out, since usher health --wait covers the start");
  }

  const ComposeService& service_;
  const Config& config_;
  ComposeNotes& notes_;
};

}  // namespace

bool has_last_words(const Config& config) {
  return !config.metrics.push.empty() || !config.alerts.hook.empty() || !config.alerts.webhook.empty() ||
         (config.traces.enabled && !config.traces.endpoint.empty());
}

std::optional<OurCheck> our_check(std::vector<std::string> words) {
  if (words.size() == 1) words = split_words(words.front());  // CMD-SHELL
  const auto flag = std::find(words.begin(), words.end(), "-c");
  if (flag != words.end() && flag + 1 != words.end()) words = split_words(*(flag + 1));
  const auto ours = std::find_if(words.begin(), words.end(), [](const std::string& word) {
    return word.substr(word.rfind('/') + 1) == "usher";
  });
  if (ours == words.end() || ours + 1 == words.end() || *(ours + 1) != "health") return {};
  OurCheck check{{ours + 1, words.end()}, Millis{0}};
  for (std::size_t i = 0; i < check.words.size(); ++i) {
    const std::string& word = check.words[i];
    std::optional<Millis> limit;
    if (word.starts_with("--wait=") || word.starts_with("--hold=")) limit = parse_duration(word.substr(7));
    if (word == "--wait" && i + 1 < check.words.size()) limit = parse_duration(check.words[i + 1]);
    check.longest = std::max(check.longest, limit.value_or(Millis{0}));
  }
  return check;
}

void find_misfits(const ComposeStack& stack, const ComposeConfigs& configs, ComposeNotes& notes) {
  for (const ComposeService& service : stack.services)
    if (const auto config = configs.find(service.name); config != configs.end())
      Misfits(service, config->second, notes).run();
}

}  // namespace usher
