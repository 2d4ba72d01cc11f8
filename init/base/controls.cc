#include "init/base/controls.h"

#include <algorithm>

namespace usher {
namespace {

constexpr char kHex[] = "0123456789abcdef";

// Of a well-formed sequence of at most three bytes.
unsigned code_point(std::string_view sequence) {
  unsigned code = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 2) code &= 0x1F;
  if (sequence.size() == 3) code &= 0x0F;
  for (const char c : sequence.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3FU);
  return code;
}

void append_byte(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out += "\\x";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

void append_shown(std::string& out, std::string_view control) {
  if (control == "\n")
    out += "\\n";
  else if (control == "\r")
    out += "\\r";
  else if (control == "\t")
    out += "\\t";
  else if (control.size() == 1)
    append_byte(out, control[0]);
  else
    append_code(out, control);
}

}  // namespace

// Unicode 15, table 3-7.
std::size_t utf8_length(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const auto tail = [&](std::size_t i, unsigned lo = 0x80, unsigned hi = 0xBF) {
    return i < s.size() && byte(i) >= lo && byte(i) <= hi;
  };
  const unsigned b = byte(0);
  if (b < 0x80) return 1;
  if (b >= 0xC2 && b <= 0xDF) return tail(1) ? 2 : 0;
  if (b >= 0xE0 && b <= 0xEF)
    return tail(1, b == 0xE0 ? 0xA0 : 0x80, b == 0xED ? 0x9F : 0xBF) && tail(2) ? 3 : 0;
  if (b >= 0xF0 && b <= 0xF4)
    return tail(1, b == 0xF0 ? 0x90 : 0x80, b == 0xF4 ? 0x8F : 0xBF) && tail(2) && tail(3) ? 4 : 0;
  return 0;
}

bool is_control(std::string_view sequence) {
  if (sequence.empty() || sequence.size() > 3) return false;
  const unsigned code = code_point(sequence);
  const auto within = [code](unsigned first, unsigned last) { return code >= first && code <= last; };
  return within(0, 0x1F) || within(0x7F, 0x9F) || code == 0x061C || within(0x200E, 0x200F) ||
         within(0x2028, 0x202E) || within(0x2066, 0x2069);
}

void append_code(std::string& out, std::string_view sequence) {
  const unsigned code = code_point(sequence);
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[code >> shift & 15];
}

std::string escape_controls_in_json(std::string_view json) {
  std::string out;
  while (!json.empty()) {
    const std::string_view sequence = json.substr(0, std::max<std::size_t>(utf8_length(json), 1));
    if (is_control(sequence) && static_cast<unsigned char>(sequence[0]) >= 0x7F)
      append_code(out, sequence);
    else
      out += sequence;
    json.remove_prefix(sequence.size());
  }
  return out;
}

std::string escape_controls(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view sequence = text.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0)
      append_byte(out, sequence[0]);
    else if (is_control(sequence))
      append_shown(out, sequence);
    else
      out += sequence;
    text.remove_prefix(sequence.size());
  }
  return out;
}

std::string escape_controls_in_lines(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t end = text.find('\n');
    out += escape_controls(text.substr(0, end));
    if (end == text.npos) return out;
    out += '\n';
    text.remove_prefix(end + 1);
  }
}

}  // namespace usher
