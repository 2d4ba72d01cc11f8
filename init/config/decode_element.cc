// The readers of elements that have keys of their own: conditions and hooks.
#include <algorithm>

#include "init/config/decode.h"

namespace usher {
namespace {

using Kind = Value::Kind;

enum class Output : std::uint8_t { standard, error, both };
enum class Match : std::uint8_t { multiaddr };

// An element of readiness.probe as written; what is missing is asked of the value.
struct ProbeText {
  Output type = Output::standard;
  Match match = Match::multiaddr;
  std::string pattern;
  Output stream = Output::standard;
  bool allow_loopback = false;
};

constexpr std::string_view kTypes[] = {"stdout", "stderr"};
constexpr std::string_view kMatches[] = {"multiaddr"};
constexpr std::string_view kStreams[] = {"stdout", "stderr", "both"};

constexpr Key kProbeKeys[] = {
    {.path = "type",
     .type = KeyType::choice,
     .help = "The kind of condition: a line on stdout or on stderr.",
     .read = into<&ProbeText::type>,
     .choices = {kTypes, std::size(kTypes)}},
    {.path = "match",
     .type = KeyType::choice,
     .help = "A line that holds an address which others can dial.",
     .read = into<&ProbeText::match>,
     .choices = {kMatches, std::size(kMatches)}},
    {.path = "pattern",
     .type = KeyType::pattern,
     .help = "A POSIX extended regular expression, as grep -E reads it, that a part of the line matches.",
     .read = into<&ProbeText::pattern>},
    {.path = "stream",
     .type = KeyType::choice,
     .help = "Where to look instead of the stream that the type names.",
     .read = into<&ProbeText::stream>,
     .choices = {kStreams, std::size(kStreams)}},
    {.path = "allow_loopback",
     .type = KeyType::boolean,
     .fallback = "false",
     .help = "With match: an address on the loopback interface counts too.",
     .read = into<&ProbeText::allow_loopback>},
};

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

void read_probe(Site& site, Value& value, std::vector<ProbeConfig>& out) {
  if (value.kind != Kind::table)
    return site.problem(value, "expected a table such as { type = \"stdout\", pattern = 'ready' }, got " +
                                   describe(value));
  ProbeText text;
  read_table(site.context, value, probe_keys(), site.path + '.', &text);
  const Value* const match = value.find("match");
  const Value* const pattern = value.find("pattern");
  if (!value.find("type")) site.problem(value, "expected a type: \"stdout\" or \"stderr\"");
  if (match && pattern) site.problem(value, "match and pattern exclude each other; give one of them");
  if (!match && !pattern)
    site.problem(value, "expected what to look for: match = \"multiaddr\", or pattern = '...'");
  if (pattern && pattern->kind == Kind::text && pattern->text.empty())
    site.context.problems.add(pattern->place, site.path + ".pattern",
                              "expected a regular expression, got an empty text");
  const Output stream = value.find("stream") ? text.stream : text.type;
  out.push_back(LineProbe{.on_stdout = stream != Output::error,
                 .on_stderr = stream != Output::standard,
                 .multiaddr = match != nullptr,
                 .pattern = std::move(text.pattern),
                 .allow_loopback = text.allow_loopback});
}

void read_hook(Site& site, Value& value, std::vector<HookCommand>& out) {
  HookCommand hook{{}, kHookDefault};
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

template <typename Element>
void read_items(Site& site, Value& value, std::vector<Element>& out,
                void (*read_element)(Site&, Value&, std::vector<Element>&)) {
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    Site here{site.context, site.key, site.path + '[' + std::to_string(i) + ']'};
    read_element(here, value.items[i], out);
  }
}

}  // namespace

Keys probe_keys() { return {kProbeKeys, std::size(kProbeKeys)}; }
Keys hook_keys() { return {kHookKeys, std::size(kHookKeys)}; }

void read(Site& site, Value& value, std::vector<ProbeConfig>& out) {
  std::vector<ProbeConfig> probes;
  if (value.kind == Kind::array)
    read_items(site, value, probes, read_probe);
  else
    read_probe(site, value, probes);
  out = std::move(probes);
}

void read(Site& site, Value& value, std::vector<HookCommand>& out) {
  std::vector<HookCommand> hooks;
  // A list of texts is one command; a list of anything else is a list of commands.
  const bool one = value.kind != Kind::array ||
                   std::any_of(value.items.begin(), value.items.end(),
                               [](const Value& item) { return item.kind == Kind::text; });
  if (one)
    read_hook(site, value, hooks);
  else
    read_items(site, value, hooks, read_hook);
  out = std::move(hooks);
}

}  // namespace usher
