// The first byte says which matcher, the second into what pieces the rest is cut: lines are the same
// however they arrive, and a matcher that finds something names a part of the line.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "init/text/line_scanner.h"
#include "probes/line_matcher.h"

using namespace usher;

namespace {

std::vector<std::string> lines_of(std::string_view bytes, std::size_t piece) {
  LineScanner scanner;
  std::vector<std::string> lines;
  const auto take = [&](std::string_view line) { lines.emplace_back(line); };
  for (std::size_t at = 0; at < bytes.size(); at += piece) scanner.feed(bytes.substr(at, piece), take);
  scanner.finish(take);
  return lines;
}

LineProbe probe_of(std::uint8_t choice) {
  constexpr const char* kPatterns[] = {"port [0-9]+", "^ready$", "(listening|started) on ([^ ]+)", "[[:digit:]]{2,5}$"};
  LineProbe probe;
  probe.on_stdout = true;
  probe.multiaddr = choice % 2 == 0;
  probe.allow_loopback = choice % 4 == 0;
  if (!probe.multiaddr) probe.pattern = kPatterns[choice / 2 % std::size(kPatterns)];
  return probe;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  const auto whole = lines_of(bytes, bytes.size() + 1);
  if (whole != lines_of(bytes, data[1] % 64 + 1)) std::abort();
  const LineMatcher matcher(probe_of(data[0]));
  for (const std::string& line : whole)
    if (const auto found = matcher.match(line); found && found->size() > line.size()) std::abort();
  return 0;
}
