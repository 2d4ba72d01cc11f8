// Text in columns, for people at a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "init/base/columns.h"

namespace usher {

inline constexpr std::string_view kBold = "\x1b[1m", kGreen = "\x1b[32m", kRed = "\x1b[31m",
                                  kYellow = "\x1b[33m", kDim = "\x1b[2m", kPlain = "\x1b[0m";

struct TableStyle {
  bool colour = false;
  std::size_t width = 0;  // of the terminal; 0: lines may be as long as they are
};

struct TableCell {
  std::string text;
  std::string_view colour{};
};
using TableLine = std::vector<TableCell>;

// Columns as wide as they have to be, the last one cut where the terminal ends.
std::string aligned(const std::vector<TableLine>& lines, TableStyle style);

// What puts `table` in the place of an earlier one on a terminal of so many rows (0: as many as it takes):
// nothing of that is left, no line scrolls, and nothing flickers. `anew` clears the terminal first.
std::string redrawn(std::string_view table, std::size_t rows, bool anew);

}  // namespace usher
