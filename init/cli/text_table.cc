#include "init/cli/text_table.h"

#include <algorithm>

namespace usher {

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

}  // namespace usher
