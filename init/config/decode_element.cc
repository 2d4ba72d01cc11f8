// The keys and the readers of hooks, dependencies and health checks.
#include <algorithm>

#include "init/base/text.h"
#include "init/config/decode.h"

namespace usher {
namespace {

using Kind = Value::Kind;

constexpr std::string_view kOnFailure[] = {"exit", "restart", "alert"};
constexpr std::string_view kLevels[] = {"alive", "ready", "watch"};
constexpr std::string_view kBefore[] = {"each_start", "first_start"};
constexpr double kThreshold = 1000;

constexpr Key kHookKeys[] = {
    {.path = "command",
     .type = KeyType::argv,
     .help = "The program and its arguments, without a shell.",
     .read = into<&HookCommand::argv>},
    {.path = "timeout",
     .type = KeyType::duration,
     .help = "The limit of this hook; by default hooks.timeout.",
     .read = into<&HookCommand::timeout>,
     .least = 1},
};

constexpr Key kDependencyKeys[] = {
    {.path = "name",
     .type = KeyType::name,
     .help = "What the log and the report call it.",
     .read = into<&DependencyConfig::name>,
     .needed = true},
    {.path = "probe",
     .type = KeyType::probe,
     .help = "What has to pass before the service starts.",
     .read = into<&DependencyConfig::probe>,
     .needed = true,
     .before_start = true},
    {.path = "timeout",
     .type = KeyType::duration,
     .fallback = R"("300s")",
     .help = "How long to wait for it, after which usher ends with 92; 0 is no limit.",
     .read = into<&DependencyConfig::timeout>},
    {.path = "attempt_timeout",
     .type = KeyType::duration,
     .fallback = R"("3s")",
     .help = "The limit of one try.",
     .read = into<&DependencyConfig::attempt>,
     .least = 1},
    {.path = "interval",
     .type = KeyType::duration,
     .help = "The longest pause between two tries, which begin at 50 ms and double; by default "
             "readiness.interval.",
     .read = into<&DependencyConfig::interval>,
     .least = 10,
     .alias = "READY_CHECK_INTERVAL"},
    {.path = "export",
     .type = KeyType::variable,
     .fallback = R"("")",
     .help = "A variable of the service's that gets the value of the probe's Redis key.",
     .read = into<&DependencyConfig::export_as>},
    {.path = "before",
     .type = KeyType::choice,
     .fallback = R"("each_start")",
     .help = "Whether it has to be there, and is exported anew, before each start of the service, or before "
             "the first alone.",
     .read = into<&DependencyConfig::before>,
     .choices = one_of(kBefore)},
};

constexpr Key kHealthKeys[] = {
    {.path = "name",
     .type = KeyType::name,
     .help = "What `usher health NAME` asks for, and what the log calls it.",
     .read = into<&HealthConfig::name>,
     .needed = true},
    {.path = "probe",
     .type = KeyType::probe,
     .help = "What has to pass.",
     .read = into<&HealthConfig::probe>,
     .needed = true,
     .after_ready = true},
    {.path = "interval",
     .type = KeyType::duration,
     .fallback = R"("5s")",
     .help = "From the end of one run to the next, so that a timeout above it does no harm. A check that "
             "has not passed yet is also asked in between; only a pass counts then.",
     .read = into<&HealthConfig::interval>,
     .least = 10,
     .alias = "HEALTH_CHECK_INTERVAL"},
    {.path = "timeout",
     .type = KeyType::duration,
     .fallback = R"("3s")",
     .help = "The limit of one run.",
     .read = into<&HealthConfig::timeout>,
     .least = 1},
    {.path = "start_period",
     .type = KeyType::duration,
     .fallback = R"("0s")",
     .help = "For so long after ready failures do not count, unless the check has passed before.",
     .read = into<&HealthConfig::start_period>},
    {.path = "failure_threshold",
     .type = KeyType::integer,
     .fallback = "3",
     .help = "So many failures in a row make the service unhealthy.",
     .read = into<&HealthConfig::failure_threshold>,
     .least = 1,
     .most = kThreshold},
    {.path = "success_threshold",
     .type = KeyType::integer,
     .fallback = "1",
     .help = "So many passes in a row make it healthy again.",
     .read = into<&HealthConfig::success_threshold>,
     .least = 1,
     .most = kThreshold},
    {.path = "on_failure",
     .type = KeyType::choice,
     .fallback = R"("exit")",
     .help = "What an unhealthy service means: stop it and end with 95, restart it within the bounds of "
             "[restart], or only say so.",
     .read = into<&HealthConfig::on_failure>,
     .choices = one_of(kOnFailure)},
    {.path = "level",
     .type = KeyType::choice,
     .help = "What it takes from the service while it fails: alive (/health/live, and all else), ready "
             "(/health/ready, `usher health`) or nothing (watch); by default watch where on_failure is "
             "\"alert\", else ready.",
     .read = into<&HealthConfig::level>,
     .choices = one_of(kLevels)},
};

void read_hook(Site& site, Value& value, std::vector<HookCommand>& out) {
  HookCommand hook{{}, kInherited};
  if (value.kind == Kind::array) {
    read(site, value, hook.argv);
  } else if (value.kind == Kind::table) {
    read_table(site.context, value, hook_keys(), site.path + '.', &hook);
    if (!value.find("command")) site.problem(value, "expected a command");
  } else {
    site.problem(value, "expected an array such as [\"program\", \"argument\"] or a table "
                        "{ command = [...], timeout = \"5s\" }, got " + describe(value));
  }
  out.push_back(std::move(hook));
}

// Elements have names, and no two the same.
template <typename Element>
void read_named(Site& site, Value& value, Keys keys, const Element& standard,
                std::vector<Element>& out) {
  const std::string header = "[[" + std::string(site.key.path) + "]]";
  if (value.kind != Kind::array)
    return site.problem(value, "expected tables that begin with " + header + ", got " + describe(value));
  std::vector<Element> elements;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    Value& item = value.items[i];
    Site here{site.context, site.key, site.path + '[' + std::to_string(i) + ']'};
    if (item.kind != Kind::table) {
      here.problem(item, "expected a table that begins with " + header + ", got " + describe(item));
      continue;
    }
    Element element = standard;
    read_table(site.context, item, keys, here.path + '.', &element);
    require_keys(here, item, keys);
    const bool twice = std::any_of(elements.begin(), elements.end(), [&](const Element& other) {
      return !element.name.empty() && other.name == element.name;
    });
    if (twice)
      site.context.problems.add(item.find("name")->place, here.path + ".name",
                                in_quotes(element.name) + " is there twice");
    elements.push_back(std::move(element));
  }
  out = std::move(elements);
}

}  // namespace

Keys hook_keys() { return {kHookKeys, std::size(kHookKeys)}; }
Keys dependency_keys() { return {kDependencyKeys, std::size(kDependencyKeys)}; }
Keys health_keys() { return {kHealthKeys, std::size(kHealthKeys)}; }

void read(Site& site, Value& value, std::vector<HookCommand>& out) {
  std::vector<HookCommand> hooks;
  // A list of texts is one command; a list of anything else is a list of commands.
  const bool one = value.kind != Kind::array ||
                   std::any_of(value.items.begin(), value.items.end(),
                               [](const Value& item) { return item.kind == Kind::text; });
  if (one) {
    read_hook(site, value, hooks);
  } else {
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      Site here{site.context, site.key, site.path + '[' + std::to_string(i) + ']'};
      read_hook(here, value.items[i], hooks);
    }
  }
  out = std::move(hooks);
}

void read(Site& site, Value& value, std::vector<DependencyConfig>& out) {
  DependencyConfig standard;
  standard.interval = kInherited;
  read_named(site, value, dependency_keys(), standard, out);
}

void read(Site& site, Value& value, std::vector<HealthConfig>& out) {
  read_named(site, value, health_keys(), HealthConfig{}, out);
}

}  // namespace usher
