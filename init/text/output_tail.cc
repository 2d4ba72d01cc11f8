#include "init/text/output_tail.h"

#include <algorithm>
#include <vector>

#include "init/base/text.h"
#include "init/text/strip_ansi.h"

namespace usher {
namespace {

constexpr std::size_t kMost = 512;
constexpr std::size_t kLines = 5;

bool continues_a_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

}  // namespace

void OutputTail::add(std::string_view bytes) {
  if (bytes.size() > kMost) bytes.remove_prefix(bytes.size() - kMost);
  kept_ += bytes;
  if (kept_.size() > 4 * kMost) kept_.erase(0, kept_.size() - kMost);
}

std::string OutputTail::text() const {
  std::string_view end = kept_;
  if (end.size() > kMost) end.remove_prefix(end.size() - kMost);
  while (!end.empty() && continues_a_character(end.front())) end.remove_prefix(1);
  const std::string plain = strip_ansi(end);

  std::vector<std::string_view> lines;  // the last one first
  for (std::string_view rest = trim(plain); !rest.empty() && lines.size() < kLines;) {
    const auto newline = rest.rfind('\n');
    const bool first = newline == std::string_view::npos;
    if (const auto line = trim(first ? rest : rest.substr(newline + 1)); !line.empty())
      lines.push_back(line);
    rest = first ? std::string_view{} : rest.substr(0, newline);
  }
  std::string text;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (!text.empty()) text += " | ";
    text += *line;
  }
  std::replace_if(
      text.begin(), text.end(),
      [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f; }, ' ');
  return text;
}

}  // namespace usher
