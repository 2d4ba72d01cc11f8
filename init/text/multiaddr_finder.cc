#include "init/text/multiaddr_finder.h"

#include "init/base/text.h"

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

std::string explain(const UndialableMultiaddr& address) {
  const std::string start = in_quotes(address.text) + " does not count: ";
  switch (address.why) {
    case Dialability::port_zero: return start + "its port is 0";
    case Dialability::loopback:
      return start + "only its own container can dial it; allow_loopback would let it count";
    default: return start + "it is no address that others could dial";
  }
}

std::optional<std::string> find_multiaddr(std::string_view line, bool allow_loopback,
                                          UndialableMultiaddr* passed_over) {
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
    const Dialability judged = judge_dialability(parse_multiaddr(candidate), allow_loopback);
    if (judged == Dialability::yes) return std::string(candidate);
    if (passed_over != nullptr && judged != Dialability::no_address)
      *passed_over = {std::string(candidate), judged};
  }
  return std::nullopt;
}

}  // namespace usher
