#include "init/text/strip_ansi.h"

namespace usher {
namespace {

bool between(char c, unsigned char low, unsigned char high) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= low && byte <= high;
}

// The length of the sequence that begins with the ESC at the front of `s`.
std::size_t sequence_length(std::string_view s) {
  if (s.size() < 2) return s.size();
  std::size_t i = 2;
  switch (s[1]) {
    case '[':  // CSI: parameters, intermediates, one final byte
      while (i < s.size() && between(s[i], 0x20, 0x3F)) ++i;
      return i < s.size() && between(s[i], 0x40, 0x7E) ? i + 1 : i;
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_':  // a string up to BEL or ESC backslash
      for (; i < s.size(); ++i) {
        if (s[i] == '\a') return i + 1;
        if (s[i] == '\x1b') return i + 1 < s.size() && s[i + 1] == '\\' ? i + 2 : i;
      }
      return i;
    default:
      i = 1;
      while (i < s.size() && between(s[i], 0x20, 0x2F)) ++i;
      return i < s.size() && between(s[i], 0x30, 0x7E) ? i + 1 : i;
  }
}

}  // namespace

std::string strip_ansi(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  while (!line.empty()) {
    const auto escape = line.find('\x1b');
    out += line.substr(0, escape);
    if (escape == std::string_view::npos) break;
    line.remove_prefix(escape);
    line.remove_prefix(sequence_length(line));
  }
  return out;
}

}  // namespace usher
