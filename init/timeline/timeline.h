// Lives side by side on one axis of time. Pure: what a terminal or a page shows comes from here.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "init/timeline/life_record.h"

namespace usher {

struct TimelineRow {
  LifeRecord life;
  std::string label;  // the service, with its instance where others have that name, too
  std::chrono::microseconds begin{0};  // on the axis
};

struct Timeline {
  LifeRecord::Time begin;
  std::chrono::microseconds length{0};
  std::vector<TimelineRow> rows;  // by their start

  // Where a moment of a row's life is on the axis, from 0 to 1.
  double share(const TimelineRow& row, std::chrono::microseconds at) const;
};

Timeline lay_out(std::vector<LifeRecord> lives);

// Moments for marks on an axis, 0 the first: round numbers, at most `most` of them and at least
// one.
std::vector<std::chrono::microseconds> axis_marks(std::chrono::microseconds length,
                                                  std::size_t most);

// For people: "0.3 ms", "340 ms", "1.2 s", "2 min 05 s", "3 h 05 min", "4 d 2 h".
std::string human(std::chrono::microseconds time);
// The same for a mark, exact: "0", "250 ms", "1.5 s", "2 min", "1 h 30 min".
std::string mark_text(std::chrono::microseconds time);

}  // namespace usher
