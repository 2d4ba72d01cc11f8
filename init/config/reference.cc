#include "init/config/describe.h"

#include "init/base/text.h"
#include "init/config/keys.h"
#include "init/config/probe_kind.h"
#include "init/config/value.h"

namespace usher {
namespace {

std::string code(std::string_view text) { return '`' + std::string(text) + '`'; }

std::string list(const Choices& choices, std::string_view between) {
  std::string out;
  for (const std::string_view choice : choices)
    out += (out.empty() ? "" : std::string(between)) + code(choice);
  return out;
}

std::string range(const Key& key, std::string_view what) {
  return std::string(what) + ", " + format_number(key.least) + " to " + format_number(key.most);
}

std::string type_of(const Key& key) {
  switch (key.type) {
    case KeyType::text: return "text";
    case KeyType::name: return "name";
    case KeyType::user: return "user";
    case KeyType::path: return "absolute path";
    case KeyType::log_target: return "path or descriptor";
    case KeyType::pattern: return "pattern";
    case KeyType::redis_url: return "Redis URL";
    case KeyType::http_url: return "URL";
    case KeyType::endpoint: return "`host:port`";
    case KeyType::socket: return "absolute path, `@name`";
    case KeyType::listen: return "`address:port`, `unix:/path`";
    case KeyType::variable: return "name of a variable";
    case KeyType::boolean: return "`true`, `false`";
    case KeyType::integer: return range(key, "whole number");
    case KeyType::number: return range(key, "number");
    case KeyType::duration: return "duration";
    case KeyType::size: return "size";
    case KeyType::choice: return list(key.choices, ", ");
    case KeyType::umask: return "octal text";
    case KeyType::paths: return "list of absolute paths";
    case KeyType::texts: return "list of texts";
    case KeyType::signals: return "list of signals";
    case KeyType::exit_codes: return "list of exit codes";
    case KeyType::capabilities: return "list of capabilities";
    case KeyType::steps: return "signals with durations between";
    case KeyType::argv: return "list of texts";
    case KeyType::fields:
    case KeyType::environment:
    case KeyType::headers:
    case KeyType::labels: return "table of texts, numbers, booleans";
    case KeyType::limits: return "table of limits";
    case KeyType::rewrite: return "table of signals";
    case KeyType::remap: return "table of exit codes";
    case KeyType::statuses: return "status, range, or a list";
    case KeyType::tls: return "[table](#keys-of-tls)";
    case KeyType::probe: return "[probe](#keys-of-probes)";
    case KeyType::probes: return "[probe](#keys-of-probes), or a list";
    case KeyType::hooks: return "[hook](#keys-of-hooks), or a list";
    case KeyType::dependencies:
    case KeyType::checks: return "tables";
  }
  return {};
}

// Within a table of Markdown a bar would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string kinds_text(const Key& key) {
  std::string out;
  for (const auto& [kind, row] : kinds_with(key.path)) out += (out.empty() ? "" : ", ") + code(kind->name);
  return out.empty() ? "all" : out;
}

// What the kinds of probe take there, which need not be the same.
std::string types_text(const Key& key) {
  std::string out = type_of(key);
  for (const auto& [kind, row] : kinds_with(key.path))
    if (const std::string type = type_of(*row); !out.starts_with(type)) out += ", " + type;
  return out;
}

std::string row(const Key& key, std::string_view name, bool of_probe) {
  std::string out = "| " + code(name) + " | ";
  if (of_probe) out += kinds_text(key) + " | ";
  out += (of_probe ? types_text(key) : type_of(key)) + " | " + (key.fallback.empty() ? "" : code(key.fallback)) + " | " + cell(key.help);
  if (!key.alias.empty()) out += " Variable: " + code(key.alias) + '.';
  if (key.needed && !of_probe) out += " Needed.";
  return out + " |\n";
}

constexpr std::string_view kHead = "| key | value | default | meaning |\n| --- | --- | --- | --- |\n";

std::string element_rows(Keys keys) {
  std::string out(kHead);
  for (const Key& key : keys) out += row(key, key.path, false);
  return out;
}

std::string table_section(const Table& table) {
  const Key* const elements = find_key(table.path);
  const std::string path(table.path);
  std::string out = elements ? "\n## [[" + path + "]]\n\n" : "\n## [" + path + "]\n\n";
  out += std::string(table.help) + (elements ? ' ' + std::string(elements->help) : "") + "\n\n";
  if (elements) return out + element_rows(elements->element());
  out += kHead;
  for (const Key& key : keys())
    if (key.path.substr(0, key.path.rfind('.')) == table.path)
      out += row(key, key.path.substr(path.size() + 1), false);
  return out;
}

}  // namespace

std::string reference() {
  std::string out;
  for (const Table& table : tables()) out += table_section(table);
  out += "\n## Keys of probes\n\n| key | types | value | default | meaning |\n| --- | --- | --- | --- | --- |\n";
  for (const Key& key : probe_keys()) out += row(key, key.path, true);
  return out + "\n## Keys of hooks\n\n" + element_rows(hook_keys()) + "\n## Keys of tls\n\n" +
         element_rows(tls_keys());
}

}  // namespace usher
