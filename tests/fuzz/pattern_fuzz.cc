// Whatever is accepted as a pattern matches within bounds that libFuzzer's limits of time and memory hold,
// and what the C library's own expression matches, where that can be asked without such limits. The first
// line is the pattern, the rest the text.
#include <regex.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "init/text/literal.h"
#include "init/text/pattern.h"

using namespace usher;

namespace {

// The C library takes exponential time and memory for some, reads a text up to its first NUL, and takes
// other bytes than ASCII's by the rules of its locale.
bool can_compare(const std::string& pattern, const std::string& text) {
  const auto repeats = std::count_if(pattern.begin(), pattern.end(), [](char c) {
    return std::string_view("*+?{").find(c) != std::string_view::npos;
  });
  const auto plain = [](unsigned char c) { return c > 0 && c < 0x80; };
  return pattern.size() <= 32 && repeats <= 4 && text.size() <= 256 &&
         std::all_of(pattern.begin(), pattern.end(), plain) && std::all_of(text.begin(), text.end(), plain);
}

void compare(const std::string& ere, const Pattern& pattern, const std::string& text) {
  regex_t reference;
  if (::regcomp(&reference, ere.c_str(), REG_EXTENDED) != 0) return;
  regmatch_t match{};
  const bool matches = ::regexec(&reference, text.c_str(), 1, &match, 0) == 0;
  ::regfree(&reference);
  if (matches != pattern.matches(text)) std::abort();
  if (!matches || ere.find('(') != ere.npos) return;
  const auto begin = static_cast<std::size_t>(match.rm_so), end = static_cast<std::size_t>(match.rm_eo);
  if (pattern.find(text) != text.substr(begin, end - begin)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const auto newline = all.find('\n');
  const std::string ere(all.substr(0, newline));
  const std::string text(newline == std::string_view::npos ? "" : all.substr(newline + 1));
  for (const bool ignore_case : {false, true}) {
    const PatternOptions options{.ignore_case = ignore_case};
    const bool refused = !Pattern::problem(ere, options).empty();
    const auto compiled = Pattern::compile(ere, options);
    if (refused == compiled.has_value()) std::abort();
    if (!compiled) return 0;
    const bool matches = compiled->matches(text);
    if (compiled->matches(text) != matches) std::abort();  // whatever it has learnt
    const auto found = compiled->find(text);
    if (found && (!matches || text.find(*found) == std::string::npos)) std::abort();
    if (matches && !found && text.size() < 512) std::abort();
    if (matches && text.find(required_literal(ere, options)) == std::string::npos) std::abort();
    if (!ignore_case && can_compare(ere, text)) compare(ere, *compiled, text);
  }
  return 0;
}
