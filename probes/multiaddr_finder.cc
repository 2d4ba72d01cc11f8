#include "probes/multiaddr_finder.h"

#include "probes/multiaddr.h"

namespace usher {
namespace {

// No multiaddr is longer: a circuit address with certhashes has some 400 bytes.
constexpr std::size_t kLongest = 2048;

// Characters that may stand inside one. What else there is in a line ends it.
bool is_inside(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("/.:-_~%@+=").find(c) != std::string_view::npos;
}

// A slash behind one of these is in the middle of something: a path, a URL, a word.
bool continues_a_word(char c) { return is_inside(c) && c != '=' && c != ':' && c != '@'; }

}  // namespace

std::optional<std::string> find_multiaddr(std::string_view line, bool allow_loopback) {
  std::size_t at = 0;
  while ((at = line.find('/', at)) != std::string_view::npos) {
    std::size_t end = at;
    while (end < line.size() && is_inside(line[end])) ++end;
    const bool starts_here = at == 0 || !continues_a_word(line[at - 1]);
    std::string_view candidate = line.substr(at, end - at);
    at = end;
    if (!starts_here || candidate.size() > kLongest) continue;
    while (candidate.ends_with('.') || candidate.ends_with(':')) candidate.remove_suffix(1);
    if (candidate.ends_with('/')) candidate.remove_suffix(1);
    if (judge_dialability(parse_multiaddr(candidate), allow_loopback) == Dialability::yes)
      return std::string(candidate);
  }
  return std::nullopt;
}

}  // namespace usher
