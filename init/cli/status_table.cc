#include "init/cli/status_table.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <vector>

namespace usher {
namespace {

constexpr std::string_view kBold = "\x1b[1m", kGreen = "\x1b[32m", kRed = "\x1b[31m",
                           kYellow = "\x1b[33m", kDim = "\x1b[2m", kPlain = "\x1b[0m";

// What a service or a server said goes to a terminal: nothing in it may move the cursor.
std::string harmless(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 = c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c1) ++i;
    out += c < 0x20 || c == 0x7F || c1 ? '?' : text[i];
  }
  return out;
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

std::string shortened(std::string_view text, std::size_t most) {
  if (most == 0 || columns(text) <= most) return std::string(text);
  std::size_t end = 0, count = 0;
  while (end < text.size() && count + 1 < most) {
    ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    ++count;
  }
  return std::string(text.substr(0, end)) + "\xE2\x80\xA6";
}

struct Cell {
  std::string text;
  std::string_view colour{};
};
using Line = std::vector<Cell>;

// Columns as wide as they have to be, the last one cut where the terminal ends.
std::string aligned(const std::vector<Line>& lines, TableStyle style) {
  std::vector<std::size_t> widths;
  for (const Line& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], columns(line[i].text));
  }
  std::string out;
  for (const Line& line : lines) {
    std::size_t at = 0;
    std::string row;
    for (std::size_t i = 0; i < line.size() && (style.width == 0 || at < style.width); ++i) {
      const std::string text = shortened(line[i].text, style.width == 0 ? 0 : style.width - at);
      const bool coloured = style.colour && !line[i].colour.empty() && !text.empty();
      row += coloured ? std::string(line[i].colour) + text + std::string(kPlain) : text;
      row.append(widths[i] - std::min(widths[i], columns(text)) + 2, ' ');
      at += widths[i] + 2;
    }
    row.erase(row.find_last_not_of(' ') + 1);
    out += row + '\n';
  }
  return out;
}

std::string_view colour_of(const Snapshot& s) {
  if (s.healthy) return kGreen;
  return s.state == "unhealthy" || s.state == "exited" ? kRed : kYellow;
}

std::string_view colour_of(CheckStatus status) {
  if (status == CheckStatus::passing) return kGreen;
  return status == CheckStatus::failing ? kRed : kYellow;
}

std::string size_text(std::int64_t bytes) {
  constexpr std::array<const char*, 4> kUnits{"KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, value < 10 ? "%.1f %s" : "%.0f %s", value, kUnits[unit]);
  return text;
}

std::string plural(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + ' ' + noun + (count == 1 ? "" : noun.ends_with('s') ? "es" : "s");
}

std::vector<Line> facts(const Snapshot& s) {
  std::vector<Line> lines;
  const auto add = [&lines](std::string_view name, std::string value) {
    if (!value.empty()) lines.push_back({{"  " + std::string(name), kDim}, {harmless(value)}});
  };
  add("reason", s.reason);
  add("since", s.since + " (" + brief(s.in_state) + ")");
  if (s.pid > 0) add("pid", std::to_string(s.pid));
  std::string attempts = plural(s.starts, "start") + ", " + plural(s.restarts, "restart");
  if (s.attempt > 1) attempts += ", attempt " + std::to_string(s.attempt);
  add("started", std::move(attempts));
  if (s.memory_bytes > 0)
    add("memory", size_text(s.memory_bytes) + " in " + plural(s.processes, "process"));
  add("value", s.ready_value);
  add("status", s.status_text);
  add("uptime", brief(s.uptime) + (s.instance.empty() ? "" : " on " + s.instance));
  return lines;
}

std::string took(const CheckView& check) {
  if (!check.latency) return {};
  return check.latency->count() == 0 ? "<1ms" : brief(*check.latency);
}

std::vector<Line> check_lines(const Snapshot& s) {
  std::vector<Line> lines{{{"CHECK", kDim}, {"STATUS", kDim}, {"LAST RUN", kDim}, {"TOOK", kDim},
                           {"TARGET", kDim}, {"SAYS", kDim}}};
  for (const CheckView& check : s.checks) {
    std::string status(to_string(check.status));
    if (check.failures > 0) status += " (" + std::to_string(check.failures) + " failed)";
    lines.push_back({{harmless(check.name)},
                     {std::move(status), colour_of(check.status)},
                     {check.age ? brief(*check.age) + " ago" : "never"},
                     {took(check)},
                     {harmless(check.target)},
                     {harmless(check.reason)}});
  }
  return lines;
}

std::vector<Line> dependency_lines(const Snapshot& s) {
  std::vector<Line> lines{{{"DEPENDENCY", kDim}, {"STATUS", kDim}, {"TARGET", kDim}, {"SAYS", kDim}}};
  for (const DependencyView& one : s.dependencies)
    lines.push_back({{harmless(one.name)},
                     one.satisfied ? Cell{"satisfied", kGreen} : Cell{"waited for", kYellow},
                     {harmless(one.target)},
                     {harmless(one.reason)}});
  return lines;
}

}  // namespace

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

std::string status_table(const Snapshot& s, TableStyle style) {
  const std::string health = s.state == "unhealthy" ? "" : s.healthy ? ", healthy" : ", not healthy";
  std::string out = aligned({{{harmless(s.service), kBold}, {harmless(s.state) + health, colour_of(s)}}}, style);
  out += aligned(facts(s), style);
  if (!s.checks.empty()) out += '\n' + aligned(check_lines(s), style);
  if (!s.dependencies.empty()) out += '\n' + aligned(dependency_lines(s), style);
  return out;
}

}  // namespace usher
