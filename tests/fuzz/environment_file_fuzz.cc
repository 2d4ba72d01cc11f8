// Each line is a variable, a problem or nothing; names are never empty and hold no "=".
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "init/config/environment_file.h"

using namespace usher;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  const EnvironmentFile file = parse_environment_file(text);
  if (file.variables.size() + file.problems.size() > lines) std::abort();
  for (const EnvironmentVariable& each : file.variables)
    if (each.name.empty() || each.name.find('=') != std::string::npos) std::abort();
  for (const auto& problem : file.problems)
    if (problem.line == 0 || problem.line > lines || problem.why.empty()) std::abort();
  return 0;
}
