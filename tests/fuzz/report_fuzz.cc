// Whatever a report says: its spans follow each other within its time, no line of the chart is
// longer than the terminal is wide or moves the cursor, and nothing of it is more than text on a page.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "init/cli/report_chart.h"
#include "init/cli/text_table.h"
#include "init/timeline/page.h"
#include "init/timeline/timeline.h"

using namespace usher;

namespace {

void check(bool good) {
  if (!good) std::abort();
}

void check_spans(const LifeRecord& life) {
  std::chrono::microseconds at{0};
  for (const PhaseSpan& span : life.spans) {
    check(span.begin >= at && span.end >= span.begin && span.end <= life.total);
    at = span.end;
  }
}

void check_chart(std::string_view chart, std::size_t width) {
  while (!chart.empty()) {
    const std::string_view line = chart.substr(0, chart.find('\n'));
    check(text_columns(line) <= width);
    for (const char c : line) check(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    chart.remove_prefix(line.size() + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  LifeRecords found = read_life_records({reinterpret_cast<const char*>(data), size});
  check(!found.lives.empty() || !found.problem.empty());
  if (found.lives.empty()) return 0;
  for (const LifeRecord& life : found.lives) check_spans(life);
  const Timeline timeline = lay_out(std::move(found.lives));
  const std::size_t width = 40 + size % 100;
  check_chart(report_chart(timeline, {.colour = false, .utf8 = true, .width = width}), width);
  check_chart(report_chart(timeline, {.colour = false, .utf8 = false, .width = width}), width);
  check(report_page(timeline).find("<script") == std::string::npos);
  return 0;
}
