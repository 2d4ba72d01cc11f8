#include "init/config/decode.h"

#include <algorithm>
#include <cmath>

#include "init/base/duration.h"
#include "init/base/text.h"
#include "init/config/known_as.h"
#include "init/config/text_problem.h"

namespace usher {
namespace {

using Kind = Value::Kind;

constexpr Millis kYear = std::chrono::hours(24 * 365);

std::string range_text(const Key& key, bool whole) {
  const auto bound = [](double number) {
    const auto rounded = static_cast<std::int64_t>(number);
    return static_cast<double>(rounded) == number ? std::to_string(rounded) : format_number(number);
  };
  return (whole ? "a whole number from " : "a number from ") + bound(key.least) + " to " +
         bound(key.most);
}

// Names that may stand at this place of the file: a key's last part, or a table's.
std::vector<std::string_view> names_below(Keys keys, std::string_view path) {
  std::vector<std::string_view> names;
  for (const Key& key : keys) {
    if (!key.path.starts_with(path)) continue;
    const std::string_view rest = key.path.substr(path.size());
    const std::string_view name = rest.substr(0, rest.find('.'));
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

// Keys of this name in other tables: `timeout` at the top of a file.
std::string elsewhere(Keys keys, std::string_view name) {
  std::string found;
  for (const Key& key : keys)
    if (key.path.substr(key.path.rfind('.') + 1) == name)
      found += (found.empty() ? "" : " or ") + std::string(key.path);
  return found;
}

// [shutdown] or [[health]] for a table, shutdown.timeout for a key.
std::string as_written(std::string_view path) {
  const Key* const key = find_key(path);
  if (key) return is_tables(key->type) ? "[[" + std::string(path) + "]]" : std::string(path);
  return '[' + std::string(path) + ']';
}

// `top`: the top of a file, where two more names may stand.
std::string unknown_key(Keys keys, std::string_view path, std::string_view name, bool top) {
  auto names = names_below(keys, path);
  if (top) names.insert(names.end(), {"extends", "profile"});
  if (const std::string_view near = nearest(name, names); !near.empty())
    return "unknown key; did you mean " + std::string(path) + std::string(near) + "?";
  if (const std::string others = elsewhere(keys, name); !others.empty())
    return "unknown key; did you mean " + others + "?";
  // What others call it is a key of the file, not of an element.
  const std::string_view meant = find_key(keys.front().path) == &keys.front() ? known_as(name) : "";
  if (!meant.empty()) return "unknown key; did you mean " + as_written(meant) + "?";
  std::string known;
  for (const std::string_view each : names) known += (known.empty() ? "" : ", ") + std::string(each);
  return "unknown key; known here: " + known;
}

void read_below(DecodeContext& context, Value& table, Keys keys, std::string_view prefix,
                const std::string& path, void* record) {
  for (Member& member : table.members) {
    const std::string inner = path + member.name;
    const std::string shown = std::string(prefix) + path + toml_key(member.name);
    const auto key = std::find_if(keys.begin(), keys.end(),
                                  [&](const Key& each) { return each.path == inner; });
    if (key != keys.end()) {
      Site site{context, *key, shown};
      key->read(site, member.value, record);
      continue;
    }
    const bool is_table = std::any_of(keys.begin(), keys.end(), [&](const Key& each) {
      return each.path.starts_with(inner + '.');
    });
    if (!is_table)
      context.problems.add(member.place, shown,
                           unknown_key(keys, path, member.name, prefix.empty() && path.empty()));
    else if (member.value.kind != Kind::table)
      context.problems.add(member.value.place, shown,
                           "expected a table, got " + describe(member.value));
    else
      read_below(context, member.value, keys, prefix, inner + '.', record);
  }
}

// For keys that are no texts: `retries = "${RETRIES:-3}"`, and what variables and the command line
// give. Nothing if the value is no text from there.
std::optional<std::string_view> as_given(Site& site, Value& value) {
  if (value.kind != Kind::text) return {};
  if (!value.expanded && value.text.find("${") == std::string::npos) return {};
  const std::string* const text = read_text(site, value, "");
  return text && value.from_variable ? std::optional<std::string_view>(*text) : std::nullopt;
}

// True once a problem with the text itself has been told, or is none of this run's business.
bool unreadable(const Value& value) {
  return value.kind == Kind::text && !value.expanded && value.text.find("${") != std::string::npos;
}

}  // namespace

void read_table(DecodeContext& context, Value& table, Keys keys, std::string_view prefix,
                void* record) {
  read_below(context, table, keys, prefix, "", record);
}

void require_keys(Site& site, const Value& element, Keys keys) {
  if (!site.context.in_use) return;
  for (const Key& key : keys) {
    if (!key.needed) continue;
    const std::string path(key.path);
    const Value* const given = element.find(key.path);
    if (!given)
      site.problem(element, "expected a key " + in_quotes(path));
    else if (given->kind == Kind::text && given->expanded && given->text.empty())
      site.context.problems.add(given->place, site.path + '.' + path, "is empty, but is needed here");
  }
}

namespace {

void not_expanded(Site& site, const Value& value, Expansion result) {
  const bool elsewhere = result.absent && site.context.absent_files != nullptr;
  if (result.unread || elsewhere) site.context.problems.leave_out(site.path);
  if (elsewhere)
    site.context.absent_files->push_back(to_string(value.place) + ": " + site.path + ": " + result.problem);
  else if (!result.unread && (!result.missing || site.context.in_use))
    site.problem(value, std::move(result.problem));
}

}  // namespace

namespace {

// Something that readiness may find and that fits.
ReadyValue example_for(KeyType type, std::string_view text) {
  ReadyValue example{"/ip4/127.0.0.1/tcp/1", "127.0.0.1", 1};
  const bool alone = text.starts_with("${") && text.find('}') == text.size() - 1;
  if (type == KeyType::endpoint) example.value = alone ? "127.0.0.1:1" : "1";
  if (type == KeyType::http_url) example.value = alone ? "http://127.0.0.1" : "1";
  return example;
}

}  // namespace

const std::string* read_text(Site& site, Value& value, std::string_view expected) {
  if (value.kind != Kind::text) {
    site.problem(value, "expected " + std::string(expected) + ", got " + describe(value));
    return nullptr;
  }
  if (!value.expanded) {
    const DecodeContext& context = site.context;
    std::optional<ReadyValue> example;
    if (context.knows_ready && !context.ready) example = example_for(site.key.type, value.text);
    Expansion result = expand(value.text, context.environment, site.key.type == KeyType::pattern,
                              example ? &*example : context.ready);
    if (!result.problem.empty()) {
      not_expanded(site, value, std::move(result));
      return nullptr;
    }
    value.from_file = result.used_file;
    value.text = std::move(result.text);
    value.late = std::move(result.late);
    value.expanded = true;
    value.from_variable = result.used_variable;
    value.pattern = site.key.type == KeyType::pattern;
  }
  if (value.text.find('\0') == std::string::npos) return &value.text;
  site.problem(value, "expected a text without NUL characters");
  return nullptr;
}

std::optional<std::size_t> read_choice(Site& site, Value& value) {
  const Choices& choices = site.key.choices;
  std::string expected;
  for (const std::string_view& choice : choices)
    expected += (expected.empty() ? (choices.size() > 1 ? "one of " : "") : ", ") + in_quotes(choice);
  const std::string* const text = read_text(site, value, expected);
  if (!text) return {};
  for (std::size_t i = 0; i < choices.size(); ++i)
    if (choices[i] == *text) return i;
  std::string why = "expected " + expected + ", got " + in_quotes(*text);
  if (const auto near = nearest(*text, {choices.begin(), choices.end()}); !near.empty())
    why += "; did you mean " + in_quotes(near) + "?";
  site.problem(value, std::move(why));
  return {};
}

void read(Site& site, Value& value, std::string& out) {
  const std::string* const text = read_text(site, value, "a text");
  if (!text) return;
  if (std::string why = problem_of_text(site.key.type, *text); !why.empty())
    site.problem(value, std::move(why));
  else
    out = *text;
}

void read(Site& site, Value& value, bool& out) {
  if (value.kind == Kind::boolean) {
    out = value.boolean;
  } else if (const auto text = as_given(site, value); text && parse_boolean(*text)) {
    out = *parse_boolean(*text);
  } else if (!unreadable(value)) {
    site.problem(value, "expected true or false, got " + describe(value));
  }
}

void read(Site& site, Value& value, std::optional<bool>& out) {
  bool given = out.value_or(false);
  read(site, value, given);
  out = given;
}

void read(Site& site, Value& value, unsigned& out) {
  std::optional<std::int64_t> number;
  if (value.kind == Kind::integer) number = value.integer;
  if (const auto text = as_given(site, value)) number = parse_integer(*text);
  if (number && static_cast<double>(*number) >= site.key.least &&
      static_cast<double>(*number) <= site.key.most)
    out = static_cast<unsigned>(*number);
  else if (!unreadable(value))
    site.problem(value, "expected " + range_text(site.key, true) + ", got " + describe(value));
}

void read(Site& site, Value& value, std::uint64_t& out) {
  const bool size = site.key.type == KeyType::size;
  const std::string expected =
      size ? "a size such as \"512MiB\" or a number of bytes" : range_text(site.key, true);
  std::optional<std::uint64_t> number;
  if (value.kind == Kind::integer && value.integer >= 0)
    number = static_cast<std::uint64_t>(value.integer);
  if (size && value.kind == Kind::text) {
    const std::string* const text = read_text(site, value, "");
    if (!text) return;
    number = parse_size(*text);
  } else if (const auto text = as_given(site, value)) {
    if (const auto given = parse_integer(*text); given && *given >= 0)
      number = static_cast<std::uint64_t>(*given);
  }
  const bool good = number && static_cast<double>(*number) >= site.key.least &&
                    (size || static_cast<double>(*number) <= site.key.most);
  if (good)
    out = *number;
  else if (!unreadable(value))
    site.problem(value, "expected " + expected + ", got " + describe(value));
}

void read(Site& site, Value& value, double& out) {
  std::optional<double> number;
  if (value.kind == Kind::real) number = value.real;
  if (value.kind == Kind::integer) number = static_cast<double>(value.integer);
  if (const auto text = as_given(site, value)) number = parse_number(*text);
  // Written so that a NaN fails it.
  if (number && *number >= site.key.least && *number <= site.key.most)
    out = *number;
  else if (!unreadable(value))
    site.problem(value, "expected " + range_text(site.key, false) + ", got " + describe(value));
}

void read(Site& site, Value& value, Millis& out) {
  std::optional<Millis> duration;
  if (value.kind == Kind::integer) {
    if (value.integer >= 0 && value.integer <= kYear / std::chrono::seconds(1))
      duration = Millis(value.integer * 1000);
  } else if (value.kind == Kind::real && std::isfinite(value.real) && value.real >= 0 &&
             value.real < 1e6) {
    const Millis rounded(std::llround(value.real * 1000));
    return site.problem(value, "expected a duration such as \"30s\" or whole seconds, got " +
                                   describe(value) + "; write \"" + format_duration(rounded) + '"');
  } else if (value.kind == Kind::text) {
    const std::string* const text = read_text(site, value, "");
    if (!text) return;
    duration = parse_duration(*text);
  }
  if (!duration)
    return site.problem(value, "expected a duration such as \"30s\" or whole seconds, got " +
                                   describe(value));
  const Millis least(static_cast<std::int64_t>(site.key.least));
  if (*duration < least)
    return site.problem(value, "expected a duration of at least " + format_duration(least) +
                                   ", got " + describe(value));
  out = *duration;
}

void read(Site& site, Value& value, std::optional<std::uint32_t>& out) {
  const std::string* const text = read_text(site, value, "an octal mask such as \"0022\"");
  if (!text) return;
  std::uint32_t mask = 0;
  bool good = !text->empty() && text->size() <= 4;
  for (const char c : *text) {
    good = good && c >= '0' && c <= '7';
    mask = mask * 8 + static_cast<std::uint32_t>(c - '0');
  }
  if (!good || mask > 0777)
    return site.problem(value, "expected an octal mask from \"0000\" to \"0777\", got " + in_quotes(*text));
  out = mask;
}

}  // namespace usher
