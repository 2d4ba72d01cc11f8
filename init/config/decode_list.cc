// The readers of lists and tables.
#include <algorithm>
#include <csignal>

#include "init/base/capability.h"
#include "init/base/duration.h"
#include "init/base/resource.h"
#include "init/base/signal_name.h"
#include "init/base/text.h"
#include "init/config/decode.h"
#include "init/config/text_problem.h"

namespace usher {
namespace {

using Kind = Value::Kind;

Site part(const Site& site, const std::string& what) {
  return {site.context, site.key, site.path + what};
}
Site item(const Site& site, std::size_t index) {
  return part(site, '[' + std::to_string(index) + ']');
}
Site entry(const Site& site, const Member& member) { return part(site, '.' + toml_key(member.name)); }

bool expect_kind(Site& site, const Value& value, Kind kind, std::string_view expected) {
  if (value.kind == kind) return true;
  site.problem(value, "expected " + std::string(expected) + ", got " + describe(value));
  return false;
}

std::optional<int> signal_of(Site& site, const Value& value, const std::string& text) {
  const auto signo = parse_signal(text);
  if (!signo) site.problem(value, "expected a signal such as \"SIGTERM\", got " + in_quotes(text));
  return signo;
}

// SIGCHLD is usher's own, the other two no process ever sees.
std::string not_receivable(int signo) {
  if (signo == SIGCHLD) return "SIGCHLD only tells usher about its children";
  if (signo == SIGKILL || signo == SIGSTOP) return signal_name(signo) + " cannot be received";
  return {};
}

// A whole number or a boolean of the author's, as the text it is for others.
std::optional<std::string> plain_text(Site& site, Value& value) {
  if (value.kind == Kind::integer || value.kind == Kind::boolean) return describe(value);
  const std::string* const text = read_text(site, value, "a text, a whole number or a boolean");
  return text ? std::optional(*text) : std::nullopt;
}

bool is_label(std::string_view name) {
  return !name.empty() && is_word(name, "_") && !name.starts_with("__") &&
         !(name.front() >= '0' && name.front() <= '9');
}

bool is_blank(char c) { return c == '\0' || c == ' ' || (c >= '\t' && c <= '\r'); }

std::string problem_of_name(KeyType type, std::string_view name) {
  constexpr std::string_view kToken = "!#$%&'*+-.^_`|~";  // RFC 9110, 5.6.2
  switch (type) {
    case KeyType::headers:
      return !name.empty() && is_word(name, kToken) ? "" : "expected the name of a header";
    case KeyType::labels:
      return is_label(name) ? ""
                            : "expected the name of a label: letters, digits and '_', no digit and no "
                              "\"__\" in front";
    case KeyType::fields:
      return !name.empty() && is_word(name, "_.-")
                 ? ""
                 : "expected a name of letters, digits, '_', '.' or '-'";
    default:
      return !name.empty() && name.find('=') == name.npos && std::none_of(name.begin(), name.end(), is_blank)
                 ? ""
                 : "expected the name of a variable: not empty, and without '=' and blanks";
  }
}

// Of a header; the values of other tables may hold anything.
bool is_header_text(Site& site, const Value& value, const std::string& text) {
  if (site.key.type != KeyType::headers) return true;
  const bool good = std::none_of(text.begin(), text.end(), [](unsigned char c) {
    return (c < ' ' && c != '\t') || c == 0x7f;
  });
  if (!good) site.problem(value, "expected a text without control characters");
  return good;
}

// 200, or "200-299"; both ends belong to it.
std::optional<std::pair<int, int>> status_range(const std::string& text) {
  const std::size_t dash = std::min(text.find('-'), text.size());
  const auto first = parse_integer(text.substr(0, dash));
  const auto last = dash == text.size() ? first : parse_integer(text.substr(dash + 1));
  if (!first || !last || *first < 100 || *last > 599 || *first > *last) return {};
  return std::pair(static_cast<int>(*first), static_cast<int>(*last));
}

void read_status(Site& site, Value& value, std::vector<std::pair<int, int>>& out) {
  constexpr std::string_view kExpected = "a status from 100 to 599, or a range such as \"200-299\"";
  std::string text;
  if (value.kind == Kind::integer) {
    text = std::to_string(value.integer);
  } else {
    const std::string* const given = read_text(site, value, kExpected);
    if (!given) return;
    text = *given;
  }
  if (const auto range = status_range(text))
    out.push_back(*range);
  else
    site.problem(value, "expected " + std::string(kExpected) + ", got " + describe(value));
}

const Resource* find_resource(std::string_view name) {
  for (const Resource& resource : resources())
    if (resource.name == name) return &resource;
  return nullptr;
}

std::string unknown_resource(std::string_view name) {
  std::vector<std::string_view> names;
  std::string known;
  for (const Resource& resource : resources()) {
    names.push_back(resource.name);
    known += (known.empty() ? "" : ", ") + std::string(resource.name);
  }
  if (const auto near = nearest(name, names); !near.empty())
    return "unknown resource; did you mean " + std::string(near) + "?";
  return "unknown resource; known: " + known;
}

std::optional<std::uint64_t> parse_limit(std::string_view text, bool bytes) {
  if (text == "unlimited") return ResourceLimit::kUnlimited;
  if (const auto number = parse_integer(text)) {
    if (*number < 0) return {};
    return static_cast<std::uint64_t>(*number);
  }
  return bytes ? parse_size(text) : std::nullopt;
}

void read_limit(Site& site, Member& member, std::vector<ResourceLimit>& out) {
  const Resource* const resource = find_resource(member.name);
  if (!resource)
    return site.context.problems.add(member.place, site.path, unknown_resource(member.name));
  ResourceLimit limit{member.name, resource->number, 0, 0};
  const std::string expected = std::string("a number, \"unlimited\"") +
                               (resource->bytes ? ", a size such as \"512MiB\"" : "") +
                               " or \"SOFT:HARD\"";
  Value& value = member.value;
  if (value.kind == Kind::integer && value.integer >= 0) {
    limit.soft = limit.hard = static_cast<std::uint64_t>(value.integer);
  } else if (value.kind == Kind::integer) {
    return site.problem(value, "expected " + expected + ", got " + describe(value));
  } else {
    const std::string* const text = read_text(site, value, expected);
    if (!text) return;
    const std::string_view whole = *text;
    const std::size_t colon = whole.find(':');
    const auto soft = parse_limit(whole.substr(0, colon), resource->bytes);
    const auto hard =
        colon == whole.npos ? soft : parse_limit(whole.substr(colon + 1), resource->bytes);
    if (!soft || !hard)
      return site.problem(value, "expected " + expected + ", got " + describe(value));
    limit.soft = *soft;
    limit.hard = *hard;
  }
  if (limit.soft > limit.hard)
    return site.problem(value, "the soft limit is above the hard one in " + describe(value));
  out.push_back(std::move(limit));
}

std::optional<int> exit_code(Site& site, Value& value) {
  std::optional<std::int64_t> code;
  if (value.kind == Kind::integer) {
    code = value.integer;
  } else if (value.kind == Kind::text) {
    const std::string* const text = read_text(site, value, "");
    if (!text) return {};
    if (value.from_variable) code = parse_integer(*text);
  }
  if (code && *code >= 0 && *code <= 255) return static_cast<int>(*code);
  site.problem(value, "expected an exit code from 0 to 255, got " + describe(value));
  return {};
}

void read_exit_codes(Site& site, Value& value, std::vector<int>& out) {
  if (!expect_kind(site, value, Kind::array, "an array of exit codes such as [2, 78]")) return;
  std::vector<int> codes;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    Site here = item(site, i);
    if (const auto code = exit_code(here, value.items[i])) codes.push_back(*code);
  }
  if (codes.size() == value.items.size()) out = std::move(codes);
}

void read_remap(Site& site, Member& member, std::map<int, int>& out) {
  const auto from = parse_integer(member.name);
  if (!from || *from < 0 || *from > 255 || std::to_string(*from) != member.name)
    return site.context.problems.add(
        member.place, site.path,
        "expected an exit code from \"0\" to \"255\", got " + in_quotes(member.name));
  if (const auto to = exit_code(site, member.value)) out[static_cast<int>(*from)] = *to;
}

void read_rewrite(Site& site, Member& member, std::map<int, int>& out) {
  const auto from = parse_signal(member.name);
  std::string why;
  if (!from)
    why = "expected a signal such as \"SIGTERM\", got " + in_quotes(member.name);
  else if (why = not_receivable(*from); why.empty() && out.contains(*from))
    why = "is rewritten twice";
  if (!why.empty()) return site.context.problems.add(member.place, site.path, std::move(why));
  const std::string* const text = read_text(site, member.value, "a signal, or \"\" to drop it");
  if (!text) return;
  if (text->empty())
    out[*from] = 0;
  else if (const auto to = signal_of(site, member.value, *text))
    out[*from] = *to;
}

}  // namespace

void read(Site& site, Value& value, std::vector<std::string>& out) {
  const bool paths = site.key.type == KeyType::paths;
  const bool command = !paths && site.key.type != KeyType::texts;
  if (!expect_kind(site, value, Kind::array,
                   paths     ? "an array of absolute paths"
                   : command ? "an array such as [\"program\", \"argument\"]"
                             : "an array of texts"))
    return;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    Site here = item(site, i);
    const std::string* const text = read_text(here, value.items[i], "a text");
    if (!text) continue;
    if (paths && !text->starts_with('/'))
      here.problem(value.items[i], "expected an absolute path, got " + in_quotes(*text));
    else if (command && i == 0 && text->empty())
      here.problem(value.items[i], "expected the program to run, got an empty text");
    else if (!command && text->empty())
      here.problem(value.items[i], "expected a text that is not empty");
    else
      texts.push_back(*text);
  }
  if (value.items.empty() && command)
    return site.problem(value, "expected the program to run, got an empty array");
  if (texts.size() == value.items.size()) out = std::move(texts);
}

void read(Site& site, Value& value, std::vector<std::pair<int, int>>& out) {
  std::vector<std::pair<int, int>> statuses;
  if (value.kind != Kind::array) {
    read_status(site, value, statuses);
  } else {
    if (value.items.empty()) site.problem(value, "expected a status, got an empty array");
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      Site here = item(site, i);
      read_status(here, value.items[i], statuses);
    }
  }
  out = std::move(statuses);
}

void read(Site& site, Value& value, std::vector<int>& out) {
  if (site.key.type == KeyType::exit_codes) return read_exit_codes(site, value, out);
  if (!expect_kind(site, value, Kind::array, "an array of signals such as [\"SIGTERM\"]")) return;
  std::vector<int> signals;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    Site here = item(site, i);
    const std::string* const text = read_text(here, value.items[i], "a signal such as \"SIGTERM\"");
    const auto signo = text ? signal_of(here, value.items[i], *text) : std::nullopt;
    if (!signo) continue;
    if (std::string why = not_receivable(*signo); !why.empty())
      here.problem(value.items[i], std::move(why));
    else if (std::find(signals.begin(), signals.end(), *signo) == signals.end())
      signals.push_back(*signo);
  }
  out = std::move(signals);
}

void read(Site& site, Value& value, std::optional<Capabilities>& out) {
  if (!expect_kind(site, value, Kind::array, "an array of capabilities such as [\"NET_BIND_SERVICE\"]")) return;
  Capabilities kept = 0;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    Site here = item(site, i);
    const std::string* const text = read_text(here, value.items[i], "a capability such as \"NET_BIND_SERVICE\"");
    if (!text) continue;
    if (const auto number = parse_capability(*text))
      kept |= capability_bit(*number);
    else
      here.problem(value.items[i], "expected one of " + known_capabilities() + "; got " + in_quotes(*text));
  }
  out = kept;
}

void read(Site& site, Value& value, std::vector<StopStep>& out) {
  if (!expect_kind(site, value, Kind::array,
                   "signals with durations between them, such as [\"SIGTERM\", \"5s\", \"SIGINT\"]"))
    return;
  std::vector<StopStep> sequence;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    Site here = item(site, i);
    Value& step = value.items[i];
    const bool signal = i % 2 == 0;
    if (!signal) {
      Millis pause{0};
      read(here, step, pause);
      if (!sequence.empty()) sequence.back().pause = pause;
      continue;
    }
    const std::string* const text = read_text(here, step, "a signal such as \"SIGTERM\"");
    if (!text) continue;
    if (const auto signo = signal_of(here, step, *text)) sequence.push_back({*signo, Millis{0}});
  }
  if (!value.items.empty() && value.items.size() % 2 == 0)
    return site.problem(value, "ends with a pause; SIGKILL comes at shutdown.timeout, not after it");
  out = std::move(sequence);
}

void read(Site& site, Value& value, std::vector<ResourceLimit>& out) {
  if (!expect_kind(site, value, Kind::table, "a table such as { nofile = 65536 }")) return;
  std::vector<ResourceLimit> limits;
  for (Member& member : value.members) {
    Site here = entry(site, member);
    read_limit(here, member, limits);
  }
  out = std::move(limits);
}

void read(Site& site, Value& value, std::map<std::string, std::string>& out) {
  if (!expect_kind(site, value, Kind::table, "a table such as { NAME = \"value\" }")) return;
  std::map<std::string, std::string> texts;
  for (Member& member : value.members) {
    Site here = entry(site, member);
    if (std::string why = problem_of_name(site.key.type, member.name); !why.empty())
      site.context.problems.add(member.place, here.path, std::move(why));
    else if (auto text = plain_text(here, member.value); text && is_header_text(here, member.value, *text))
      texts[member.name] = std::move(*text);
  }
  out = std::move(texts);
}

void read(Site& site, Value& value, std::map<int, int>& out) {
  const bool signals = site.key.type == KeyType::rewrite;
  if (!expect_kind(site, value, Kind::table,
                   signals ? "a table such as { SIGHUP = \"SIGUSR1\" }" : "a table such as { \"143\" = 0 }"))
    return;
  std::map<int, int> numbers;
  for (Member& member : value.members) {
    Site here = entry(site, member);
    signals ? read_rewrite(here, member, numbers) : read_remap(here, member, numbers);
  }
  out = std::move(numbers);
}

}  // namespace usher
