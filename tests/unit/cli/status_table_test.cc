#include "init/cli/status_table.h"

#include "tests/catch.h"
#include "tests/unit/control/snapshots.h"

using namespace usher;
using std::chrono::milliseconds;

namespace {

Snapshot full() {
  Snapshot s = snapshot_in("unhealthy", false, "redis failing: refused");
  s.in_state = milliseconds(130'000);
  s.uptime = milliseconds(3'725'000);
  s.starts = 3;
  s.restarts = 1;
  s.memory_bytes = 50 << 20;
  s.processes = 3;
  s.ready_value = "/ip4/10.0.0.2/tcp/4001";
  s.checks = {check_view("redis", CheckStatus::failing, "refused"),
              check_view("caf\xC3\xA9", CheckStatus::unknown)};
  s.checks[0].failures = 4;
  s.checks[0].latency = milliseconds(0);
  s.checks[0].age = milliseconds(3'200);
  s.dependencies = {{"db", "tcp://db:5432", true, ""}};
  s.alerts = {{"cpu", "alerts.cpu", "1.4 CPUs in use", milliseconds(250'000)}};
  return s;
}

}  // namespace

TEST_CASE("the table shows the service, its checks and what it depends on", "[status]") {
  CHECK(status_table(full(), {}) ==
        "echo  unhealthy\n"
        "  reason   redis failing: refused\n"
        "  since    2026-11-24T08:51:56.902Z (2m10s)\n"
        "  pid      7\n"
        "  started  3 starts, 1 restart\n"
        "  memory   50 MiB in 3 processes\n"
        "  value    /ip4/10.0.0.2/tcp/4001\n"
        "  uptime   1h02m on host\n"
        "\n"
        "ALERT  FOR    SETTING     SEEN\n"
        "cpu    4m10s  alerts.cpu  1.4 CPUs in use\n"
        "\n"
        "CHECK  LEVEL  STATUS              LAST RUN  TOOK  TARGET              SAYS\n"
        "redis  ready  failing (4 failed)  3s ago    <1ms  tcp://127.0.0.1:80  refused\n"
        "caf\xC3\xA9   ready  unknown             never           tcp://127.0.0.1:80  not asked yet\n"
        "\n"
        "DEPENDENCY  STATUS     TARGET         SAYS\n"
        "db          satisfied  tcp://db:5432  passed\n");
}

TEST_CASE("the table shows what the service uses against its limits", "[status]") {
  Snapshot s = full();
  s.checks.clear();
  s.dependencies.clear();
  s.alerts.clear();
  ResourcesView& r = s.resources.emplace();
  r.cpu_ms = 61'000;
  r.threads = 11;
  r.descriptors = 40;
  r.main_descriptors = 30;
  r.main_descriptors_limit = 1024;
  r.container_memory_bytes = 60 << 20;
  r.container_memory_limit_bytes = 512 << 20;
  r.container_cpu_limit = 1.5;
  r.container_processes = 13;
  r.cpu_pressure = 12.5;
  r.memory_pressure = 0;
  CHECK_THAT(status_table(s, {}), has_text("  memory   50 MiB in 3 processes\n"
                                           "  cpu      1m01s in 11 threads\n"
                                           "  open     40 descriptors, the main process 30 of 1024\n"
                                           "  limits   memory 60 MiB of 512 MiB, at most 1.5 CPUs\n"
                                           "  waits    cpu 12.5 %, memory 0 %\n"));
  r.container_processes_limit = 100;
  CHECK_THAT(status_table(s, {}), has_text("at most 1.5 CPUs, tasks 13 of 100\n"));
  r.container_processes_limit.reset();
  r.container_memory_limit_bytes.reset();
  r.container_cpu_limit.reset();
  CHECK_THAT(status_table(s, {}), has_text("  limits   none\n"));
  r.complete = false;
  r.pressure_of_machine = true;
  CHECK_THAT(status_table(s, {}), has_text("figures above are too low\n"));
  CHECK_THAT(status_table(s, {}), has_text("memory 0 %, of the whole machine\n"));
}

TEST_CASE("the table makes up no figures where processes cannot be seen", "[status]") {
  Snapshot s = snapshot_in("ready", true, "ready");
  s.resources.emplace().complete = false;
  const std::string table = status_table(s, {});
  CHECK_THAT(table, has_text("  note     its processes cannot be seen: "));
  CHECK(table.find("cpu") == std::string::npos);
}

TEST_CASE("what is not there takes no line", "[status]") {
  Snapshot s = snapshot_in("waiting");
  s.pid = 0;
  s.starts = 0;
  CHECK(status_table(s, {}) ==
        "echo  waiting, not healthy\n"
        "  since    2026-11-24T08:51:56.902Z (0ms)\n"
        "  started  0 starts, 0 restarts\n"
        "  uptime   0ms on host\n");
}

TEST_CASE("nothing that a service says moves the cursor or breaks the table", "[status]") {
  Snapshot s = full();
  s.status_text =
      "\x1b[2Jgone\r\nline\xC2\x9B"
      "31m";
  s.checks[0].reason = "\x1b]0;title\x07";
  const std::string table = status_table(s, {});
  CHECK(table.find('\x1b') == std::string::npos);
  CHECK(table.find('\x07') == std::string::npos);
  CHECK_THAT(table, has_text(R"(status   \x1b[2Jgone\r\nline\u009b31m)"));
}

TEST_CASE("a narrow terminal gets short lines", "[status]") {
  const auto width = GENERATE(1, 10, 24, 40, 79);
  const std::string table = status_table(full(), {.colour = false, .width = std::size_t(width)});
  std::size_t columns = 0;
  for (const char c : table) {
    columns = c == '\n' ? 0 : columns + ((c & 0xC0) != 0x80);
    CHECK(columns <= std::size_t(width));
  }
}

namespace {

// What a terminal shows after it was told this: it wraps nothing, and scrolls behind its last row.
struct Screen {
  explicit Screen(std::size_t rows) : lines(rows, std::string(8, '#')) {}
  void take(std::string_view text) {
    while (!text.empty()) {
      const auto is = [&text](std::string_view code) {
        if (!text.starts_with(code)) return false;
        text.remove_prefix(code.size());
        return true;
      };
      if (is("\x1b[2J")) {
        for (std::string& line : lines) line.clear();
      } else if (is("\x1b[H")) {
        row = column = 0;
      } else if (is("\x1b[K")) {
        lines[row].resize(std::min(lines[row].size(), column));
      } else if (is("\x1b[J")) {
        lines[row].resize(std::min(lines[row].size(), column));
        for (std::size_t i = row + 1; i < lines.size(); ++i) lines[i].clear();
      } else if (is("\r\n")) {
        column = 0;
        if (++row == lines.size()) {
          --row;
          ++scrolled;
        }
      } else {
        lines[row].replace(column++, 1, 1, text[0]);
        text.remove_prefix(1);
      }
    }
  }
  std::vector<std::string> lines;
  std::size_t row = 0, column = 0, scrolled = 0;
};

}  // namespace

TEST_CASE("what is drawn again leaves nothing of what was there", "[status]") {
  Screen screen(4);
  screen.take(redrawn("one\nlonger\nthird\n", 4, true));
  CHECK(screen.lines == std::vector<std::string>{"one", "longer", "third", ""});
  screen.take(redrawn("1\n2\n", 4, false));
  CHECK(screen.lines == std::vector<std::string>{"1", "2", "", ""});
  screen.take(redrawn("a\nb\nc\nd\n", 4, false));
  CHECK(screen.lines == std::vector<std::string>{"a", "b", "c", "d"});
  screen.take(redrawn("a\nb\nc\nd\ne\n", 4, false));
  CHECK(screen.lines == std::vector<std::string>{"a", "b", "c", "\xE2\x80\xA6"});
  screen.take(redrawn("a\nb\n", 1, false));
  CHECK(screen.lines[0] == "\xE2\x80\xA6");
  CHECK(screen.scrolled == 0);
}

TEST_CASE("colours change nothing but colours", "[status]") {
  std::string coloured = status_table(full(), {.colour = true, .width = 0});
  CHECK_THAT(coloured, has_text("\x1b[31munhealthy\x1b[0m"));
  for (std::size_t at; (at = coloured.find('\x1b')) != std::string::npos;)
    coloured.erase(at, coloured.find('m', at) - at + 1);
  CHECK(coloured == status_table(full(), {}));
}

TEST_CASE("durations are as exact as people want them", "[status]") {
  const auto [ms, text] = GENERATE(Catch::Generators::table<long, const char*>({
      {0, "0ms"},
      {999, "999ms"},
      {1'000, "1s"},
      {59'999, "59s"},
      {60'000, "1m00s"},
      {3'599'999, "59m59s"},
      {3'600'000, "1h00m"},
      {86'400'000, "1d00h"},
      {180'000'000, "2d02h"},
  }));
  CHECK(brief(milliseconds(ms)) == text);
}
