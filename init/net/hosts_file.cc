#include "init/net/hosts_file.h"

#include <strings.h>

#include <algorithm>

#include "init/base/file.h"

namespace usher {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;

// Takes the first word off the line; empty at its end.
std::string_view take_word(std::string_view& line) {
  constexpr std::string_view kBlanks = " \t\r";
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool names(std::string_view aliases, std::string_view name) {
  for (std::string_view word = take_word(aliases); !word.empty(); word = take_word(aliases))
    if (same_name(word, name)) return true;
  return false;
}

}  // namespace

std::vector<Address> addresses_in_hosts_file(const std::string& file, std::string_view name,
                                             std::uint16_t port) {
  const std::string text = read_file(file, kMostBytes).text;
  std::vector<Address> found;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    line = line.substr(0, line.find('#'));
    const std::string_view literal = take_word(line);
    if (!names(line, name)) continue;
    if (const auto address = parse_address(literal, port)) found.push_back(*address);
  }
  std::stable_partition(found.begin(), found.end(),
                        [](const Address& a) { return a.family() == AF_INET; });
  return found;
}

}  // namespace usher
