#include "init/config/reader.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <tuple>

#include "init/base/file.h"
#include "init/config/syntax.h"

// Streams would come into the binary with the formatters, and start-up code with the streams.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_FLOAT_CHARCONV 1
#define TOML_ENABLE_UNRELEASED_FEATURES 0
#define TOML_MAX_NESTED_VALUES 32
#include <toml++/toml.h>

namespace usher {
namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 20;
constexpr unsigned kDeepestKey = 32;

Place place_of(const toml::source_region& region, std::string_view name) {
  Place place;
  place.source = Source::file;
  place.name = name;
  place.line = region.begin.line;
  place.column = region.begin.column;
  return place;
}

// The parser keeps its tables sorted by name; people read them in the order they wrote them.
void sort_by_place(std::vector<Member>& members) {
  std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
}

Value convert(const toml::node& node, std::string_view name) {
  Value value;
  value.place = place_of(node.source(), name);
  if (const auto* const table = node.as_table()) {
    value.kind = Value::Kind::table;
    for (const auto& [key, child] : *table)
      value.members.push_back(
          {std::string(key.str()), place_of(key.source(), name), convert(child, name)});
    sort_by_place(value.members);
  } else if (const auto* const array = node.as_array()) {
    value.kind = Value::Kind::array;
    for (const toml::node& child : *array) value.items.push_back(convert(child, name));
  } else if (const auto* const text = node.as_string()) {
    value.kind = Value::Kind::text;
    value.text = text->get();
  } else if (const auto* const integer = node.as_integer()) {
    value.kind = Value::Kind::integer;
    value.integer = integer->get();
  } else if (const auto* const real = node.as_floating_point()) {
    value.kind = Value::Kind::real;
    value.real = real->get();
  } else if (const auto* const boolean = node.as_boolean()) {
    value.kind = Value::Kind::boolean;
    value.boolean = boolean->get();
  } else {
    value.kind = Value::Kind::date;
    value.text = "a date";
  }
  return value;
}

bool is_typographic_quote(std::string_view text) {
  // U+2018 to U+201F, and the French ones.
  return (text.starts_with("\xE2\x80") && text.size() > 2 && (static_cast<unsigned char>(text[2]) & 0xF8) == 0x98) ||
         text.starts_with("\xC2\xAB") || text.starts_with("\xC2\xBB");
}

// What the parser must not see. It limits how deep values nest, but not keys such as a.a.a.a..., and
// takes its tables down by recursion; and of some letters outside of strings it believes that they
// cannot be there, to undefined behaviour. Follows strings and comments only as far as that takes.
class Guard {
 public:
  explicit Guard(std::string_view text) : text_(text) {}

  // Empty where there is nothing of the kind.
  std::string problem() {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    unsigned dots = 0;
    for (at_ = text_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = text_.find('\n', at_);
        if (at_ == std::string_view::npos) return {};
        ++line_;
      } else if (c == '"' || c == '\'') {
        skip_string(c);
      } else if (c == '\n') {
        ++line_;
      } else if (static_cast<unsigned char>(c) >= 0x80) {
        return is_typographic_quote(text_.substr(at_))
                   ? "these are no quotes to a program; write \" or ' in their place"
                   : "only strings and comments may have other characters than ASCII's: put it in quotes";
      }
      if (c == '.' && ++dots > kDeepestKey)
        return "a key has more than " + std::to_string(kDeepestKey) + " dots";
      if (std::strchr("\n#=,{}[]", c)) dots = 0;
    }
    return {};
  }
  // Where it is, counted as the parser counts: in characters, from 1.
  unsigned line() const { return line_; }
  unsigned column() const {
    const std::string_view before = text_.substr(0, at_);
    const std::string_view line = before.substr(before.rfind('\n') + 1);
    return 1 + static_cast<unsigned>(std::count_if(line.begin(), line.end(), [](char c) {
             return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
           }));
  }

 private:
  void skip_string(char quote) {
    std::string end(3, quote);
    if (text_.substr(at_, 3) != end) end.resize(1);
    for (at_ += end.size(); at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') {
        ++line_;
        if (end.size() == 1) return;
      } else if (text_[at_] == '\\' && quote == '"') {
        if (text_.substr(at_ + 1, 1) != "\n") ++at_;
      } else if (text_.substr(at_, end.size()) == end) {
        at_ += end.size() - 1;
        return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  unsigned line_ = 1;
};

// A file in the parts that the parser can take: what it stops at is told and passed over, and a table
// that is there a second time begins a part of its own. So one run tells all mistakes.
class TomlReading {
 public:
  TomlReading(std::string_view text, std::string_view name, Problems& problems)
      : text_(text), name_(name), problems_(problems) {}

  std::optional<Value> run() {
    if (const auto problem = problem_of_encoding(text_)) {
      tell(*problem);
      return {};
    }
    parts_.emplace_back(text_);
    for (std::size_t i = 0; i < parts_.size(); ++i) part(std::move(parts_[i]));
    return std::move(value_);
  }

 private:
  void part(std::string text) {
    while (tries_++ < kMostTries) {
      SyntaxProblem problem;
      std::optional<std::size_t> second;
      Guard guard(text);
      if (problem.why = guard.problem(); !problem.why.empty()) {
        problem.line = guard.line();
        problem.column = guard.column();
      } else if (toml::parse_result result = toml::parse(text)) {
        return take(convert(result.table(), name_));
      } else {
        const auto& begin = result.error().source().begin;
        problem = {begin.line, begin.column, std::string(result.error().description())};
        second = begin_of_second_table(text, problem);
        problem.why = explain_syntax(text_, problem);
      }
      tell(problem);
      if (second) {
        std::string later(text);
        std::replace_if(later.begin(), later.begin() + static_cast<std::ptrdiff_t>(*second),
                        [](char c) { return c != '\n'; }, ' ');
        parts_.push_back(std::move(later));
        text.resize(*second);
      } else if (!pass_over(text, problem.line)) {
        return;
      }
    }
  }

  void take(Value value) {
    if (value_)
      merge(*value_, value);
    else
      value_ = std::move(value);
  }

  void tell(const SyntaxProblem& problem) {
    problems_.add({std::string(name_), problem.line, problem.column, "", problem.why});
  }

  static constexpr unsigned kMostTries = 50;  // each reads the file anew

  const std::string_view text_, name_;
  Problems& problems_;
  std::vector<std::string> parts_;
  std::optional<Value> value_;
  unsigned tries_ = 0;
};

}  // namespace

std::optional<Value> read_toml(std::string_view text, std::string_view name, Problems& problems) {
  return TomlReading(text, name, problems).run();
}

std::optional<Value> read_toml_value(std::string_view text, const Place& place) {
  const std::string document = "value = " + std::string(text);
  Problems problems;
  auto root = read_toml(document, {}, problems);
  // More than one member is a second line that came with the value.
  if (!root || problems.count() > 0 || root->members.size() != 1) return {};
  Value value = std::move(root->members.front().value);
  const auto set_place = [&](Value& at, const auto& self) -> void {
    at.place = place;
    for (Value& item : at.items) self(item, self);
    for (Member& member : at.members) {
      member.place = place;
      self(member.value, self);
    }
  };
  set_place(value, set_place);
  return value;
}

std::optional<std::string> read_text_file(const std::string& path, std::string& why, Pipes pipes) {
  FileText file = read_file(path, kLargestFile, pipes);
  why = std::move(file.problem);
  if (!why.empty()) return {};
  return std::move(file.text);
}

}  // namespace usher
