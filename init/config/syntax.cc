#include "init/config/syntax.h"

#include <algorithm>
#include <vector>

#include "init/base/controls.h"
#include "init/base/text.h"

namespace usher {
namespace {

// The lines of a text, without their ends.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    for (std::size_t at = 0; at <= text.size();) {
      begins_.push_back(at);
      at = std::min(text.find('\n', at), text.size()) + 1;
    }
  }
  unsigned count() const { return static_cast<unsigned>(begins_.size()); }
  std::size_t begin(unsigned line) const { return begins_[line - 1]; }
  std::string_view at(unsigned line) const {
    if (line == 0 || line > count()) return {};
    const std::size_t begin = begins_[line - 1];
    return text_.substr(begin, std::min(text_.find('\n', begin), text_.size()) - begin);
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> begins_;
};

bool is_header(std::string_view line) { return trim(line).starts_with('['); }

// "key = value": what stands before the "=" is a key, with or without quotes.
bool is_statement(std::string_view line) {
  const std::string_view key = trim(line.substr(0, line.find('=')));
  return line.find('=') != std::string_view::npos && !key.empty() &&
         key.find_first_of("{}[],#") == std::string_view::npos;
}

std::string_view key_of(std::string_view line) { return trim(line.substr(0, line.find('='))); }

std::string_view value_of(std::string_view line) {
  const std::size_t equals = line.find('=');
  return equals == std::string_view::npos ? std::string_view() : trim(line.substr(equals + 1));
}

// The name in [name] or [[name]], without blanks and quotes; empty for another line.
std::string header_of(std::string_view line) {
  line = trim(line);
  if (!line.starts_with('[')) return {};
  std::string name;
  for (const char c : line.substr(0, line.find(']')))
    if (std::string_view("[] \t\"'").find(c) == std::string_view::npos) name += c;
  return name;
}

// The last header above a line; empty at the top.
std::string section_of(const Lines& lines, unsigned line) {
  for (unsigned above = line; above-- > 1;)
    if (std::string name = header_of(lines.at(above)); !name.empty()) return name;
  return {};
}

unsigned first_header(const Lines& lines, const std::string& name, unsigned before) {
  for (unsigned line = 1; line < before; ++line)
    if (header_of(lines.at(line)) == name) return line;
  return 0;
}

unsigned first_key(const Lines& lines, std::string_view key, unsigned before) {
  for (unsigned line = before; line-- > 1 && !is_header(lines.at(line));)
    if (is_statement(lines.at(line)) && key_of(lines.at(line)) == key) return line;
  return 0;
}

std::string explain_twice(const Lines& lines, unsigned line) {
  const bool header = is_header(lines.at(line));
  const std::string name = header ? header_of(lines.at(line)) : std::string(key_of(lines.at(line)));
  const unsigned first = header ? first_header(lines, name, line) : first_key(lines, name, line);
  if (first == 0) return {};
  return (header ? '[' + name + ']' : name) + " is there twice, first in line " + std::to_string(first) +
         (header ? "; put what belongs to it together" : "");
}

// probe = {, with its end in another line.
std::string explain_inline_table(const Lines& lines, unsigned line) {
  while (line > 1 && !is_statement(lines.at(line))) --line;
  const std::string section = section_of(lines, line);
  const std::string name = (section.empty() ? "" : section + '.') + std::string(key_of(lines.at(line)));
  const bool listed = value_of(lines.at(line)).starts_with('[');
  return "a table in { } ends in its line; write " +
         (listed ? "[[" + name + "]]" : '[' + name + ']') + " on a line of its own, and each key below it";
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/'; }

// timeout = 5s, name = web, size = 512MiB.
std::string explain_value(std::string_view line) {
  std::string_view value = value_of(line);
  value = trim(value.substr(0, value.find('#')));
  if (value.empty()) return "expected a value after the =";
  const bool word = std::any_of(value.begin(), value.end(), is_letter);
  if (std::string_view("\"'[{").find(value.front()) != std::string_view::npos || !word) return {};
  const std::string key(key_of(line));
  const std::string lower = to_lower(value);
  if (lower == "true" || lower == "yes" || lower == "on") return "write " + key + " = true";
  if (lower == "false" || lower == "no" || lower == "off") return "write " + key + " = false";
  return "a text needs quotes: write " + key + " = " + in_quotes(value);
}

std::string_view trim_end(std::string_view line) { return line.substr(0, line.find_last_not_of("\r") + 1); }

bool mentions(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::optional<SyntaxProblem> at_byte(std::string_view text, std::size_t at, std::string why) {
  const std::string_view before = text.substr(0, at);
  const std::string_view line = before.substr(before.rfind('\n') + 1);
  SyntaxProblem problem;
  problem.line = 1 + static_cast<unsigned>(std::count(before.begin(), before.end(), '\n'));
  problem.column = 1 + static_cast<unsigned>(std::count_if(line.begin(), line.end(), [](char c) {
                     return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
                   }));
  problem.why = std::move(why);
  return problem;
}

}  // namespace

std::optional<SyntaxProblem> problem_of_encoding(std::string_view text) {
  const std::string_view head = text.substr(0, 2);
  const bool marked = head == "\xFF\xFE" || head == "\xFE\xFF";
  // Each other byte of it is NUL where the letters are those of ASCII.
  const auto is_half = [](char nul, char letter) { return nul == '\0' && letter >= '\t' && letter < 0x7f; };
  if (marked || (head.size() == 2 && (is_half(head[0], head[1]) || is_half(head[1], head[0]))))
    return at_byte(text, 0, "is UTF-16; save it as UTF-8");
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\0') return at_byte(text, at, "has a NUL character, and is no text");
    const std::size_t length = utf8_length(text.substr(at));
    if (length == 0)
      return at_byte(text, at, "is not UTF-8, but Latin-1 or the like: save it as UTF-8");
    at += length;
  }
  return {};
}

std::string explain_syntax(std::string_view text, const SyntaxProblem& problem) {
  const Lines lines(text);
  const std::string_view line = lines.at(problem.line);
  std::string better;
  if (mentions(problem.why, "cannot redefine"))
    better = explain_twice(lines, problem.line);
  else if (mentions(problem.why, "inline table") &&
           (mentions(problem.why, "saw '\\n'") || mentions(problem.why, "saw '\\r'") ||
            mentions(problem.why, "saw '#'") || mentions(problem.why, "end-of-file")))
    better = explain_inline_table(lines, problem.line);
  else if (mentions(problem.why, "unescaped control characters") && problem.column > trim_end(line).size())
    better = "the quote is not closed in this line";
  else if (mentions(problem.why, "could not determine value type") && value_of(line).starts_with('['))
    better = "expected a value; a text needs quotes";
  else if (mentions(problem.why, "unknown escape"))
    return problem.why + "; in 'single quotes' a backslash is itself";
  else if (is_statement(line))
    better = explain_value(line);
  return better.empty() ? problem.why : better;
}

std::optional<std::size_t> begin_of_second_table(std::string_view text, const SyntaxProblem& problem) {
  const Lines lines(text);
  if (!mentions(problem.why, "cannot redefine") || !is_header(lines.at(problem.line))) return {};
  const std::size_t begin = lines.begin(problem.line);
  const bool first = trim(text.substr(0, begin)).empty();  // and nothing would be left
  return first ? std::nullopt : std::optional(begin);
}

bool pass_over(std::string& text, unsigned line) {
  const Lines lines(text);
  if (line == 0 || line > lines.count()) return false;
  unsigned first = line;
  while (first > 1 && !is_header(lines.at(first)) && !is_statement(lines.at(first))) --first;
  const bool header = is_header(lines.at(first));
  if (!header && !is_statement(lines.at(first))) return false;
  const auto balance = [](std::string_view part) {
    return std::count(part.begin(), part.end(), '{') - std::count(part.begin(), part.end(), '}');
  };
  auto open = header ? 0 : balance(value_of(lines.at(first)));
  unsigned next = first + 1;
  for (; next <= lines.count() && !is_header(lines.at(next)); ++next) {
    if (!header && open <= 0 && is_statement(lines.at(next))) break;
    open += balance(lines.at(next));
  }
  const std::size_t end = next > lines.count() ? text.size() : lines.begin(next);
  bool changed = false;
  for (std::size_t at = lines.begin(first); at < end; ++at) {
    changed = changed || (text[at] != '\n' && text[at] != ' ');
    if (text[at] != '\n') text[at] = ' ';
  }
  return changed;
}

}  // namespace usher
