#include "init/text/pattern.h"

#include <utility>

#include "init/text/regex_capture.h"
#include "init/text/regex_program.h"
#include "init/text/regex_scan.h"
#include "init/text/regex_syntax.h"

namespace usher {
namespace {

constexpr std::size_t kLongestPattern = 4096;

std::string compile_into(RegexProgram& program, std::string_view ere, PatternOptions options) {
  if (ere.empty()) return "it is empty and would match any line";
  if (ere.size() > kLongestPattern) return "it is longer than 4096 bytes";
  if (ere.find('\0') != std::string_view::npos) return "it holds a NUL byte";
  RegexSyntax syntax = parse_regex(ere, options.ignore_case);
  if (!syntax.problem.empty()) return std::move(syntax.problem);
  program = compile_regex(syntax.tree);
  return program.code.empty() ? "its repetitions multiply to more than can be compiled safely" : "";
}

}  // namespace

struct Pattern::Compiled {
  RegexProgram program;
  RegexScan scan{program};
};

Pattern::Pattern(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

std::string Pattern::problem(std::string_view ere, PatternOptions options) {
  RegexProgram program;
  return compile_into(program, ere, options);
}

std::optional<Pattern> Pattern::compile(std::string_view ere, PatternOptions options) {
  auto compiled = std::make_unique<Compiled>();
  if (!compile_into(compiled->program, ere, options).empty()) return std::nullopt;
  return Pattern(std::move(compiled));
}

bool Pattern::matches(std::string_view text) const { return compiled_->scan.matches(text); }

std::optional<std::string> Pattern::find(std::string_view text) const {
  if (!matches(text)) return std::nullopt;
  const auto found = capture(compiled_->program, text);
  if (!found) return std::nullopt;
  return std::string(text.substr(found->begin, found->end - found->begin));
}

}  // namespace usher
