#include "init/config/environment_file.h"

#include <algorithm>

#include "init/base/text.h"

namespace usher {
namespace {

bool is_name(std::string_view name) {
  const auto good = [](char c) {
    return c == '_' || c == '.' || c == '-' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
  };
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
         std::all_of(name.begin(), name.end(), good);
}

// Reads a value that begins with a quote. Empty: no problem.
std::string unquote(std::string_view text, std::string& value) {
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == quote)
      return i + 1 == text.size() ? "" : "there is text after the closing quote";
    if (quote == '\'' || text[i] != '\\') {
      value += text[i];
      continue;
    }
    if (++i == text.size()) break;
    constexpr std::string_view kLetters = "nt\\\"$";
    constexpr std::string_view kMeanings = "\n\t\\\"$";
    const std::size_t which = kLetters.find(text[i]);
    if (which == std::string_view::npos)
      return "unknown escape " + in_quotes(text.substr(i - 1, 2)) + R"(; known: \n \t \\ \" \$)";
    value += kMeanings[which];
  }
  return "the quote is not closed on this line";
}

std::string read_line(std::string_view line, EnvironmentFile& file) {
  constexpr std::string_view kExport = "export ";
  if (line.starts_with(kExport)) line = trim(line.substr(kExport.size()));
  const std::size_t equals = line.find('=');
  const std::string_view name = line.substr(0, equals);
  if (equals == std::string_view::npos) return "expected KEY=VALUE, got " + in_quotes(line);
  if (!is_name(name))
    return in_quotes(name) + " is no name of a variable; use letters, digits and '_', and no blanks";
  const std::string_view text = line.substr(equals + 1);
  std::string value;
  if (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
    if (std::string why = unquote(text, value); !why.empty()) return why;
  } else {
    value = text;
  }
  if (value.find('\0') != std::string::npos) return "the value has a NUL character";
  file.variables.emplace_back(name, std::move(value));
  return {};
}

}  // namespace

EnvironmentFile parse_environment_file(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  EnvironmentFile file;
  for (unsigned number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    if (std::string why = read_line(line, file); !why.empty())
      file.problems.push_back({number, std::move(why)});
  }
  return file;
}

}  // namespace usher
