#include "init/loop/hosts_file.h"

#include <fcntl.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "init/os/fd.h"

namespace usher {
namespace {

constexpr off_t kMostBytes = 1 << 20;

std::string read_hosts_file(const std::string& file) {
  // Without O_NONBLOCK a FIFO of that name would hold us up.
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status;
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_size > kMostBytes)
    return {};
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const ssize_t got = ::read(fd.get(), text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

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
  const std::string text = read_hosts_file(file);
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
