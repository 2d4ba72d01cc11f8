#include "init/timeline/timeline.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "init/base/text.h"

namespace usher {
namespace {

using std::chrono::microseconds;

constexpr std::int64_t kMs = 1'000, kSecond = 1'000 * kMs, kMinute = 60 * kSecond,
                       kHour = 60 * kMinute, kDay = 24 * kHour;

// Steps of an axis: 1, 2 and 5 of a power of ten up to seconds, then what clocks and calendars
// have.
std::int64_t round_step(std::int64_t at_least) {
  for (std::int64_t step = 100; step < 10 * kSecond; step *= 10)
    for (const std::int64_t times : {1, 2, 5})
      if (step * times >= at_least) return step * times;
  for (const std::int64_t step :
       {10 * kSecond, 15 * kSecond, 30 * kSecond, kMinute, 2 * kMinute, 5 * kMinute, 10 * kMinute,
        15 * kMinute, 30 * kMinute, kHour, 2 * kHour, 3 * kHour, 6 * kHour, 12 * kHour, kDay})
    if (step >= at_least) return step;
  return (at_least + kDay - 1) / kDay * kDay;
}

void label_rows(std::vector<TimelineRow>& rows) {
  for (TimelineRow& row : rows) {
    const auto same = std::count_if(rows.begin(), rows.end(), [&row](const TimelineRow& other) {
      return other.life.service == row.life.service;
    });
    row.label = row.life.service.empty() ? "?" : row.life.service;
    if (same > 1 && !row.life.instance.empty()) row.label += '@' + row.life.instance;
  }
}

// Two units of which the smaller is left out where it is zero.
std::string in_two(std::int64_t large, const char* large_unit, std::int64_t small,
                   const char* small_unit) {
  std::string text = std::to_string(large) + ' ' + large_unit;
  if (small != 0) text += ' ' + std::to_string(small) + ' ' + small_unit;
  return text;
}

}  // namespace

double Timeline::share(const TimelineRow& row, microseconds at) const {
  if (length.count() <= 0) return 0;
  return std::clamp(
      static_cast<double>((row.begin + at).count()) / static_cast<double>(length.count()), 0.0,
      1.0);
}

Timeline lay_out(std::vector<LifeRecord> lives) {
  std::stable_sort(lives.begin(), lives.end(),
                   [](const LifeRecord& a, const LifeRecord& b) { return a.started < b.started; });
  Timeline timeline;
  if (lives.empty()) return timeline;
  timeline.begin = lives.front().started;
  for (LifeRecord& life : lives) {
    TimelineRow& row = timeline.rows.emplace_back();
    row.begin = life.started - timeline.begin;
    timeline.length = std::max(timeline.length, row.begin + life.total);
    row.life = std::move(life);
  }
  label_rows(timeline.rows);
  return timeline;
}

std::vector<microseconds> axis_marks(microseconds length, std::size_t most) {
  std::vector<microseconds> marks{microseconds{0}};
  if (length.count() <= 0 || most < 2) return marks;
  const std::int64_t step = round_step(length.count() / static_cast<std::int64_t>(most) + 1);
  for (std::int64_t at = step; at <= length.count(); at += step) marks.emplace_back(at);
  return marks;
}

std::string human(microseconds time) {
  const std::int64_t us = time.count();
  char text[48];
  if (us == 0) return "0 ms";
  if (us < kMs * 995 / 100) {
    std::snprintf(text, sizeof text, "%.1f ms", std::max(static_cast<double>(us) / kMs, 0.1));
    return text;
  }
  if (us < kSecond - kMs / 2) return std::to_string((us + kMs / 2) / kMs) + " ms";
  if (us < kMinute - kSecond / 20) {
    std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(us) / kSecond);
    return text;
  }
  const std::int64_t seconds = (us + kSecond / 2) / kSecond;
  if (seconds < 3'600) return in_two(seconds / 60, "min", seconds % 60, "s");
  if (seconds < 86'400) return in_two(seconds / 3'600, "h", seconds % 3'600 / 60, "min");
  return in_two(seconds / 86'400, "d", seconds % 86'400 / 3'600, "h");
}

std::string mark_text(microseconds time) {
  const std::int64_t us = time.count();
  if (us == 0) return "0";
  if (us < kSecond) return format_number(static_cast<double>(us) / kMs) + " ms";
  if (us < kMinute) return format_number(static_cast<double>(us) / kSecond) + " s";
  if (us < kHour) return in_two(us / kMinute, "min", us % kMinute / kSecond, "s");
  if (us < kDay) return in_two(us / kHour, "h", us % kHour / kMinute, "min");
  return in_two(us / kDay, "d", us % kDay / kHour, "h");
}

}  // namespace usher
