// A timeline for people at a terminal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "init/timeline/timeline.h"

namespace usher {

struct ChartStyle {
  bool colour = false;
  bool utf8 = true;  // else plain ASCII
  std::size_t width = 80;  // at least 40 are used
};

// What each column of a row's bar shows: the phase that took most of its time. A phase too short
// for that still gets a column, where it finds one that its neighbour can spare.
std::vector<std::optional<Phase>> bar_columns(const Timeline& timeline, const TimelineRow& row,
                                              std::size_t columns);

std::string report_chart(const Timeline& timeline, ChartStyle style);

}  // namespace usher
