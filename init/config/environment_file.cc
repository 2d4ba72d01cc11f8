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

// What stands before the "=": the problem with it, or nothing.
std::string problem_of_name(std::string_view name) {
  if (is_name(name)) return {};
  if (is_name(trim(name))) return "there is a blank after " + in_quotes(trim(name)) + "; write NAME=VALUE without any";
  // Not quoted: it may be a line of somebody's key.
  return "what stands before the = is no name of a variable; use letters, digits and '_', and no blanks";
}

// Without a comment, which begins with a # behind a blank.
std::string_view without_comment(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i)
    if (text[i] == '#' && (text[i - 1] == ' ' || text[i - 1] == '\t')) return trim(text.substr(0, i));
  return trim(text);
}

class EnvironmentParser {
 public:
  explicit EnvironmentParser(std::string_view text) : rest_(text) {}

  EnvironmentFile run() {
    while (!rest_.empty()) {
      const unsigned at = line_;
      if (std::string why = entry(); !why.empty()) file_.problems.push_back({at, std::move(why)});
    }
    return std::move(file_);
  }

 private:
  // Up to the end of the line, which is taken away.
  std::string_view take_line() {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++line_;
    return line;
  }

  std::string entry() {
    const std::string_view whole = rest_;
    std::string_view line = take_line();
    const std::string_view shown = trim(line);
    if (shown.empty() || shown.front() == '#') return {};
    std::string_view text = shown;
    constexpr std::string_view kExport = "export";
    if (text.starts_with(kExport) && text.size() > kExport.size() &&
        (text[kExport.size()] == ' ' || text[kExport.size()] == '\t'))
      text = trim(text.substr(kExport.size()));
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return "expected KEY=VALUE";
    EnvironmentVariable variable;
    variable.name = text.substr(0, equals);
    if (std::string why = problem_of_name(variable.name); !why.empty()) return why;
    const std::string_view given = text.substr(equals + 1);
    text.remove_prefix(std::min(text.find_first_not_of(" \t", equals + 1), text.size()));
    if (text.starts_with('"') || text.starts_with('\'')) {
      const auto offset = static_cast<std::size_t>(text.data() - whole.data());
      if (std::string why = unquote(whole.substr(offset), variable); !why.empty()) return why;
    } else {
      variable.value = without_comment(given);
    }
    if (variable.value.find('\0') != std::string::npos) return "the value has a NUL character";
    file_.variables.push_back(std::move(variable));
    return {};
  }

  // A value in quotes, with the lines that it goes over. `text` begins with the quote, in the line that
  // has been taken; where the quote is not closed only that line is lost.
  std::string unquote(std::string_view text, EnvironmentVariable& variable) {
    const char quote = text.front();
    variable.literal = quote == '\'';
    for (std::size_t i = 1; i < text.size(); ++i) {
      if (text[i] == quote) return close(text.substr(i + 1), text.substr(0, i));
      if (text[i] == '\\' && i + 1 < text.size()) {
        const std::string_view letters = variable.literal ? "'" : "nrt\\\"$";
        const std::string_view meanings = variable.literal ? "'" : "\n\r\t\\\"$";
        if (const std::size_t which = letters.find(text[i + 1]); which != std::string_view::npos) {
          variable.value += meanings[which];
          ++i;
          continue;
        }
      }
      if (text[i] == '\r' && text.substr(i + 1).starts_with('\n')) continue;
      variable.value += text[i];
    }
    return "the quote " + std::string(1, quote) + " is not closed";
  }

  std::string close(std::string_view after, std::string_view value) {
    const auto lines = static_cast<unsigned>(std::count(value.begin(), value.end(), '\n'));
    const std::string_view line = after.substr(0, after.find('\n'));
    const bool good = without_comment(line).empty();
    if (lines > 0) {
      rest_ = after;
      line_ += lines - 1;
      take_line();
    }
    return good ? "" : "there is text after the closing quote";
  }

  std::string_view rest_;
  unsigned line_ = 1;
  EnvironmentFile file_;
};

}  // namespace

EnvironmentFile parse_environment_file(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  return EnvironmentParser(text).run();
}

}  // namespace usher
