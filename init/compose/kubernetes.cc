#include "init/compose/kubernetes.h"

#include <algorithm>
#include <csignal>

#include "init/base/duration.h"
#include "init/base/signal_name.h"
#include "init/base/text.h"
#include "init/compose/findings.h"
#include "init/compose/yaml.h"
#include "init/text/words.h"

namespace usher {
namespace {

constexpr std::string_view kTerminationLog = "/dev/termination-log";
constexpr std::size_t kMostObjects = 1000;

std::vector<std::string> texts_of(YamlView list) {
  std::vector<std::string> texts;
  for (const YamlView item : list.items()) texts.emplace_back(item.text());
  return texts;
}

bool names_usher(const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    const auto parts = split_words(word);  // a shell's script has several
    return std::any_of(parts.begin(), parts.end(),
                       [](const std::string& part) { return part.substr(part.rfind('/') + 1) == "usher"; });
  });
}

std::int64_t number(YamlView value, std::int64_t otherwise) {
  constexpr std::int64_t kMost = 1'000'000'000;  // some thirty years of seconds
  return std::clamp<std::int64_t>(parse_integer(value.text()).value_or(otherwise), 0, kMost);
}

// What a hook waits for by itself, where that can be seen.
Millis pause_of(YamlView pre_stop) {
  if (const YamlView sleep = pre_stop.find("sleep")) return Millis{1000 * number(sleep.find("seconds"), 0)};
  std::vector<std::string> words = texts_of(pre_stop.find("exec").find("command"));
  if (!words.empty() && words.size() > 2 && words[1] == "-c") words = split_words(words[2]);
  if (words.size() < 2 || words[0].substr(words[0].rfind('/') + 1) != "sleep") return Millis{0};
  return parse_duration(words[1]).value_or(Millis{0});
}

class PodCheck {
 public:
  PodCheck(const std::string& file, std::string owner, YamlView pod, const ConfigOfContainer& config_of,
           ComposeNotes& notes)
      : file_(file), owner_(std::move(owner)), pod_(pod), config_of_(config_of), notes_(notes) {}

  void run() {
    for (const YamlView one : pod_.find("containers").items()) check(one);
    // Those that stay beside the others; the rest is over before anybody would ask.
    for (const YamlView one : pod_.find("initContainers").items())
      if (one.find("restartPolicy").text() == "Always") check(one);
  }

 private:
  void add(YamlView at, std::string_view key, std::string why, bool warning = false) {
    std::string path = owner_ + ": " + name_;
    if (!key.empty()) path += '.' + std::string(key);
    (warning ? notes_.warnings : notes_.errors)
        .push_back({file_, at.line(), at.column(), std::move(path), std::move(why)});
  }

  void check(YamlView container) {
    KubernetesContainer found;
    found.name = name_ = container.find("name").text();
    found.place = {file_, container.line(), container.column()};
    found.words = texts_of(container.find("command"));
    for (std::string& word : texts_of(container.find("args"))) found.words.push_back(std::move(word));
    for (const YamlView one : container.find("env").items())
      if (one.find("value")) found.environment[std::string(one.find("name").text())] = one.find("value").text();
    found.names_usher = names_usher(found.words) ||
                        std::any_of(found.environment.begin(), found.environment.end(),
                                    [](const auto& entry) { return entry.first.starts_with("USHER_"); });
    for (const std::string_view probe : {"startupProbe", "readinessProbe", "livenessProbe"})
      found.names_usher |= names_usher(texts_of(container.find(probe).find("exec").find("command")));
    const std::optional<Config> config = config_of_(found);
    if (!config) return;
    check_grace(container, *config);
    check_signal(container, *config);
    for (const std::string_view probe : {"startupProbe", "readinessProbe", "livenessProbe"})
      if (const YamlView given = container.find(probe); given.is_map()) check_probe(probe, given, *config);
    check_message(container, *config);
    check_alerts(container.find("resources"), *config);
  }

  void check_grace(YamlView container, const Config& config) {
    constexpr std::int64_t kDefault = 30;
    const Millis more = has_last_words(config) ? config.shutdown.last_words : Millis{0};
    const Millis pause = pause_of(container.find("lifecycle").find("preStop"));
    const Millis needed = config.shutdown.timeout + more + pause;
    std::string ours = "shutdown.timeout is " + format_duration(config.shutdown.timeout);
    if (more > Millis{0}) ours += ", shutdown.last_words " + format_duration(more) + " on top of it";
    if (pause > Millis{0}) ours += ", and the preStop hook takes " + format_duration(pause) + " first";
    const YamlView given = pod_.find("terminationGracePeriodSeconds");
    if (Millis{1000 * number(given, kDefault)} <= needed)
      add(given ? given : container, "terminationGracePeriodSeconds",
          ours + (given ? "" : ", and without this the kubelet kills after 30s") +
              ", so the kubelet may kill first; give it more than " + format_duration(needed));
    for (const std::string_view probe : {"startupProbe", "livenessProbe"}) {
      const YamlView own = container.find(probe).find("terminationGracePeriodSeconds");
      if (own && Millis{1000 * number(own, kDefault)} <= needed)
        add(own, std::string(probe) + ".terminationGracePeriodSeconds",
            ours + ", so the kubelet may kill first; leave this out, or give it more than " + format_duration(needed));
    }
  }

  void check_signal(YamlView container, const Config& config) {
    const YamlView given = container.find("lifecycle").find("stopSignal");
    const auto signal = parse_signal(std::string(given.text()));
    const auto& signals = config.shutdown.signals;
    if (!given || (signal && std::find(signals.begin(), signals.end(), *signal) != signals.end())) return;
    add(given, "lifecycle.stopSignal",
        in_quotes(given.text()) + " is no stop to usher, which only passes it on; add it to shutdown.signals, or leave "
                                  "this out");
  }

  void check_probe(std::string_view name, YamlView probe, const Config& config) {
    const std::string key(name);
    const bool liveness = name == "livenessProbe";
    constexpr std::string_view kWhy =
        ", so the kubelet kills the service while a server that it needs is away; ask for what a new start would mend";
    if (const YamlView http = probe.find("httpGet"); http.is_map()) {
      const std::string_view path = http.find("path").text();
      if (!path.starts_with("/health/")) return;
      if (liveness && path == "/health/ready")
        add(http, key + ".httpGet.path", "asks whether it is ready" + std::string(kWhy) + ": /health/live");
      const std::string& listen = config.metrics.listen;
      if ((listen.starts_with("127.") || listen.starts_with("[::1]")) && !http.find("host"))
        add(http, key + ".httpGet", "the kubelet asks at the pod's address, and metrics.listen is " + listen +
                                        "; 0.0.0.0 in its place is for all who reach the pod");
      return;
    }
    const auto ours = our_check(texts_of(probe.find("exec").find("command")));
    if (!ours) return;
    const Millis timeout{1000 * number(probe.find("timeoutSeconds"), 1)};
    if (ours->longest >= timeout)
      add(probe.find("timeoutSeconds") ? probe.find("timeoutSeconds") : probe, key + ".timeoutSeconds",
          (probe.find("timeoutSeconds") ? "is " : "is by default ") + format_duration(timeout) +
              ", and usher health may take " + format_duration(ours->longest) +
              " (--wait, --hold): the kubelet gives up first, and counts that as a failure");
    const auto& words = ours->words;
    const bool alive = std::find(words.begin(), words.end(), "--level=alive") != words.end();
    if (liveness && !alive)
      add(probe, key, "usher health asks whether it is ready" + std::string(kWhy) + ": usher health --level=alive");
    if (name == "startupProbe") check_start(probe, *ours, config);
  }

  // The kubelet's patience with a start, against usher's own, where one has been written down.
  void check_start(YamlView probe, const OurCheck& ours, const Config& config) {
    if (!config.readiness.configured()) return;
    const std::int64_t period = 1000 * number(probe.find("periodSeconds"), 10);
    const std::int64_t each = std::max<std::int64_t>(period, ours.longest.count());
    constexpr std::int64_t kMostTimes = 1'000'000;  // the product has to be a number, too
    const Millis patience{1000 * number(probe.find("initialDelaySeconds"), 0) +
                          each * std::min(number(probe.find("failureThreshold"), 3), kMostTimes)};
    if (patience < config.readiness.timeout)
      add(probe, "startupProbe.failureThreshold",
          "the kubelet gives up " + format_duration(patience) + " after the start, and readiness.timeout is " +
              format_duration(config.readiness.timeout),
          true);
  }

  void check_message(YamlView container, const Config& config) {
    const YamlView path = container.find("terminationMessagePath"), policy = container.find("terminationMessagePolicy");
    const std::string_view theirs = path ? path.text() : kTerminationLog;
    const std::string& file = config.report.termination_file;
    const std::string_view ours = file.empty() ? kTerminationLog : std::string_view(file);
    if (theirs != ours)
      add(path ? path : container, "terminationMessagePath",
          "the kubelet reads " + std::string(theirs) + ", and usher writes " + std::string(ours) +
              "; report.termination_file says where");
    if (policy.text() != "FallbackToLogsOnError")
      add(policy ? policy : container, "terminationMessagePolicy",
          "where the configuration is wrong usher leaves the message to the log's end, which only "
          "FallbackToLogsOnError shows",
          true);
  }

  void check_alerts(YamlView resources, const Config& config) {
    const YamlView limits = resources.find("limits"), requests = resources.find("requests");
    const auto limit = parse_size(limits.find("memory").text());
    const auto request = parse_size(requests.find("memory").text());
    if (config.alerts.memory > 0 && !limits.find("memory"))
      add(resources ? resources : pod_, "resources.limits.memory",
          "alerts.memory is a share of this limit, and there is none: that alert never comes");
    if (config.alerts.cpu > 0 && !limits.find("cpu"))
      add(resources ? resources : pod_, "resources.limits.cpu",
          "alerts.cpu is a share of this limit, and there is none: that alert never comes");
    if (config.alerts.memory <= 0 || !limit || !request) return;
    const auto alert = static_cast<std::uint64_t>(config.alerts.memory * static_cast<double>(*limit));
    if (*request < alert)
      add(requests, "resources.requests.memory",
          "is below the " + std::to_string(alert >> 20) + " MiB from which on there is an alert (alerts.memory): a node "
          "that runs short may evict the pod before",
          true);
  }

  const std::string& file_;
  std::string owner_, name_;
  YamlView pod_;
  const ConfigOfContainer& config_of_;
  ComposeNotes& notes_;
};

void check_object(const std::string& file, YamlView object, const ConfigOfContainer& config_of, ComposeNotes& notes) {
  const std::string kind(object.find("kind").text());
  if (kind == "List") {
    for (const YamlView item : object.find("items").items())
      if (item.find("kind").text() != "List") check_object(file, item, config_of, notes);
    return;
  }
  YamlView pod = object.find("spec");
  if (kind == "CronJob") pod = pod.find("jobTemplate").find("spec");
  if (kind != "Pod") pod = pod.find("template").find("spec");
  const std::string owner = kind + ' ' + std::string(object.find("metadata").find("name").text());
  PodCheck(file, owner, pod, config_of, notes).run();
}

// The next of the documents in a text, with as many empty lines in front as there are before it: so each has
// its places.
std::string next_document(std::string_view& rest, std::size_t& lines) {
  std::string document(lines, '\n');
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end);
    ++lines;
    const std::string_view behind = line.substr(std::min<std::size_t>(3, line.size()));
    const std::string_view said = trim(behind);
    if (line.starts_with("---") && (said.empty() || (said.front() == '#' && behind.front() != '#'))) break;
    document += line;
  }
  return document;
}

}  // namespace

void find_pod_misfits(const std::string& file, std::string_view text, const ConfigOfContainer& config_of,
                      ComposeNotes& notes) {
  std::size_t lines = 0;
  for (std::size_t n = 0; !text.empty() && n < kMostObjects; ++n) {
    const Yaml yaml(next_document(text, lines));
    if (!yaml.problem().empty()) notes.errors.push_back({file, yaml.line(), yaml.column(), "", yaml.problem()});
    for (const YamlTwice& twice : yaml.twice())
      notes.errors.push_back({file, twice.key.line(), twice.key.column(), "",
                              in_quotes(twice.key.text()) + " is there twice in one map, first in line " +
                                  std::to_string(twice.first.line())});
    check_object(file, yaml.root(), config_of, notes);
  }
}

}  // namespace usher
