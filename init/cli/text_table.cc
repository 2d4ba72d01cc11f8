#include "init/cli/text_table.h"

#include <algorithm>
#include <cstdio>

namespace usher {
std::size_t text_columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

std::string shortened(std::string_view text, std::size_t most) {
  if (most == 0 || text_columns(text) <= most) return std::string(text);
  std::size_t end = 0, count = 0;
  while (end < text.size() && count + 1 < most) {
    ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    ++count;
  }
  return std::string(text.substr(0, end)) + "\xE2\x80\xA6";
}

std::string aligned(const std::vector<TableLine>& lines, TableStyle style) {
  std::vector<std::size_t> widths;
  for (const TableLine& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], text_columns(line[i].text));
  }
  std::string out;
  for (const TableLine& line : lines) {
    std::size_t at = 0;
    std::string row;
    for (std::size_t i = 0; i < line.size() && (style.width == 0 || at < style.width); ++i) {
      const std::string text = shortened(line[i].text, style.width == 0 ? 0 : style.width - at);
      const bool coloured = style.colour && !line[i].colour.empty() && !text.empty();
      row += coloured ? std::string(line[i].colour) + text + std::string(kPlain) : text;
      row.append(widths[i] - std::min(widths[i], text_columns(text)) + 2, ' ');
      at += widths[i] + 2;
    }
    row.erase(row.find_last_not_of(' ') + 1);
    out += row + '\n';
  }
  return out;
}

std::string redrawn(std::string_view table, std::size_t rows, bool anew) {
  constexpr std::string_view kHome = "\x1b[H", kClearAll = "\x1b[2J", kClearLine = "\x1b[K", kClearBelow = "\x1b[J";
  std::string out(anew ? kClearAll : "");
  out += kHome;
  const auto lines = static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n'));
  const std::size_t shown = rows == 0 || lines <= rows ? lines : rows;
  for (std::size_t i = 0; i < shown; ++i) {
    const std::size_t end = table.find('\n');
    // Cleared before it is written: behind a line as wide as the terminal its last character would go.
    out += std::string(i == 0 ? "" : "\r\n") + std::string(kClearLine);
    out += i + 1 == shown && shown < lines ? "\xE2\x80\xA6" : table.substr(0, end);
    table.remove_prefix(end + 1);
  }
  // Not below the last row, where a new line would scroll.
  if (rows == 0 || shown < rows) out += "\r\n" + std::string(kClearBelow);
  return out;
}

std::string brief(std::chrono::milliseconds duration) {
  const auto ms = static_cast<long long>(duration.count());
  const long long s = ms / 1000;
  char text[40];
  if (ms < 1000)
    std::snprintf(text, sizeof text, "%lldms", ms);
  else if (s < 60)
    std::snprintf(text, sizeof text, "%llds", s);
  else if (s < 3600)
    std::snprintf(text, sizeof text, "%lldm%02llds", s / 60, s % 60);
  else if (s < 86'400)
    std::snprintf(text, sizeof text, "%lldh%02lldm", s / 3600, s / 60 % 60);
  else
    std::snprintf(text, sizeof text, "%lldd%02lldh", s / 86'400, s / 3600 % 24);
  return text;
}

}  // namespace usher
