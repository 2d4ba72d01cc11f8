// Whatever is accepted as a pattern compiles and matches within bounds that libFuzzer's limits of
// time and memory hold. The first line is the pattern, the rest the text.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "init/text/literal.h"
#include "init/text/pattern.h"

using namespace usher;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const auto newline = all.find('\n');
  const std::string pattern(all.substr(0, newline));
  std::string text(newline == std::string_view::npos ? "" : all.substr(newline + 1));
  const bool refused = !Pattern::problem(pattern).empty();
  const auto compiled = Pattern::compile(pattern);
  if (refused == compiled.has_value()) std::abort();
  if (!compiled) return 0;
  if (compiled->find(text).has_value() != compiled->matches(text)) std::abort();
  // No line matches without the literal that the pattern needs. A NUL is matched as if it were \1.
  std::replace(text.begin(), text.end(), '\0', '\1');
  const std::string literal = required_literal(pattern);
  if (compiled->matches(text) && text.find(literal) == std::string::npos) std::abort();
  return 0;
}
