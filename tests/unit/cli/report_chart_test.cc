#include "init/cli/report_chart.h"

#include "init/cli/text_table.h"
#include "tests/catch.h"
#include "tests/unit/timeline/lives.h"

using namespace usher;

namespace {

std::string chart(std::vector<LifeRecord> lives, ChartStyle style) {
  return report_chart(lay_out(std::move(lives)), style);
}

// A letter a column: the first of its phase, and e for stopping, the end.
std::string letters(const LifeRecord& life, std::size_t columns) {
  const Timeline timeline = lay_out({life});
  std::string text;
  for (const auto phase : bar_columns(timeline, timeline.rows[0], columns))
    text += !phase ? ' ' : *phase == Phase::stopping ? 'e' : to_string(*phase)[0];
  return text;
}

}  // namespace

TEST_CASE("a timeline at 80 columns", "[chart]") {
  CHECK(chart(suite(), {.colour = false, .utf8 = true, .width = 80}) ==
        R"(3 services in 8.0 s, from 2026-11-24 08:51:56.000 UTC

                 0         2 s       4 s       6 s     8 s  EXIT
                 ├─────────┼─────────┼─────────┼─────────┼
redis            ▒███████████████████████████████████████▓  0 stopped by SIGTERM
                 starting 100 ms, ready 7.8 s, stopping 100 ms
                 checks      ping 3 of 3 passed

py-test-harness  ░░░░░░░░░░░░░░▒█████████████████████       0 by itself
                 waiting 2.7 s, starting 300 ms, ready 4.0 s
                 used        48.0 MiB at most, 530 ms of CPU

js-echo-server   ░▒▒▒▒·····▒▒▒██████████×××××▓▓▓            95 unhealthy
                 waiting 140 ms, starting 1.5 s, ready 1.9 s, unhealthy 1.0 s,
                 backoff 1.0 s, stopping 500 ms
                 waited for  redis 139 ms
                 attempts    2 starts: exit 1, SIGKILL
                 value       /ip4/10.0.0.7/tcp/4001

░ waiting  ▒ starting  █ ready  × unhealthy  · backoff  ▓ stopping
)");
}

TEST_CASE("a timeline at 120 columns, in ASCII", "[chart]") {
  CHECK(chart(suite(), {.colour = false, .utf8 = false, .width = 120}) ==
        R"(3 services in 8.0 s, from 2026-11-24 08:51:56.000 UTC

                 0         1 s       2 s       3 s       4 s       5 s       6 s       7 s     8 s  EXIT
                 +---------+---------+---------+---------+---------+---------+---------+---------+
redis            :###############################################################################=  0 stopped by SIGTERM
                 starting 100 ms, ready 7.8 s, stopping 100 ms
                 checks      ping 3 of 3 passed

py-test-harness  ...........................:::#########################################            0 by itself
                 waiting 2.7 s, starting 300 ms, ready 4.0 s
                 used        48.0 MiB at most, 530 ms of CPU

js-echo-server   ..:::::::----------::::::::###################xxxxxxxxxx=====                      95 unhealthy
                 waiting 140 ms, starting 1.5 s, ready 1.9 s, unhealthy 1.0 s, backoff 1.0 s, stopping 500 ms
                 waited for  redis 139 ms
                 attempts    2 starts: exit 1, SIGKILL
                 value       /ip4/10.0.0.7/tcp/4001

. waiting  : starting  # ready  x unhealthy  - backoff  = stopping
)");
}

TEST_CASE("a column shows what took most of its time", "[chart]") {
  using enum Phase;
  CHECK(letters(life_of("a", 0, {span_of(waiting, 0, 40), span_of(starting, 40, 100)}), 10) ==
        "wwwwssssss");
  CHECK(letters(life_of("a", 0, {span_of(waiting, 0, 46), span_of(starting, 46, 100)}), 10) ==
        "wwwwwsssss");
  CHECK(letters(life_of("a", 0, {span_of(waiting, 0, 44), span_of(starting, 44, 100)}), 10) ==
        "wwwwssssss");
}

TEST_CASE("a short phase is still seen", "[chart]") {
  using enum Phase;
  CHECK(letters(life_of("a", 0,
                        {span_of(starting, 0, 1), span_of(ready, 1, 999),
                         span_of(stopping, 999, 1'000)}),
                10) == "srrrrrrrre");
  CHECK(letters(life_of("a", 0,
                        {span_of(ready, 0, 500), span_of(unhealthy, 500, 501),
                         span_of(ready, 501, 1'000)}),
                10) == "rrrrrurrrr");
  CHECK(letters(life_of("a", 0, {}), 4) == "    ");
  CHECK(letters(life_of("a", 0, {span_of(ready, 0, 0)}), 4).size() == 4);
}

TEST_CASE("no line is longer than the terminal is wide", "[chart]") {
  const auto width = GENERATE(std::size_t{40}, 45, 59, 60, 66, 80, 100, 250);
  const bool utf8 = GENERATE(true, false);
  auto lives = suite();
  lives[0].service.assign(90, 'n');
  lives[1].ready_value.assign(500, 'v');
  lives[2].reason = lives[2].stopped_by = "";
  lives[1].dependencies[0].last_seen = "caf\xC3\xA9";
  const std::string text = chart(lives, {.colour = false, .utf8 = utf8, .width = width});
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    CHECK(text_columns(text.substr(at, end - at)) <= width);
    at = end + 1;
  }
}

TEST_CASE("a short outcome leaves room for its heading", "[chart]") {
  LifeRecord life = life_of("a", 0, {span_of(Phase::ready, 0, 10)});
  life.reason = "";
  const std::string text = chart({life}, {.colour = false, .utf8 = false, .width = 80});
  const std::size_t head = text.find("EXIT\n");
  REQUIRE(head != std::string::npos);
  CHECK(head + 4 - text.rfind('\n', head) - 1 == 80);
}

TEST_CASE("nothing in a report moves the cursor", "[chart]") {
  auto lives = suite();
  lives[0].service = lives[0].ready_value = lives[0].reason = "\x1b[2J\r\nx\xC3\xA9";
  const std::string text = chart(lives, {.colour = false, .utf8 = false, .width = 80});
  for (const char c : text) CHECK((c == '\n' || (c >= 0x20 && c < 0x7F)));
  CHECK_THAT(text, has_text(R"(\x1b[2J\r\nx?)"));
}

TEST_CASE("colours change nothing but colours in a timeline", "[chart]") {
  std::string coloured = chart(suite(), {.colour = true, .utf8 = true, .width = 80});
  CHECK_THAT(coloured, has_text("\x1b[31m95 unhealthy\x1b[0m"));
  for (std::size_t at; (at = coloured.find('\x1b')) != std::string::npos;)
    coloured.erase(at, coloured.find('m', at) - at + 1);
  CHECK(coloured == chart(suite(), {.colour = false, .utf8 = true, .width = 80}));
}
