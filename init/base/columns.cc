#include "init/base/columns.h"

#include <algorithm>
#include <cstdio>

#include "init/base/controls.h"
#include "init/base/known_secrets.h"

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

std::string moving_line(std::chrono::milliseconds since, std::chrono::milliseconds most, std::string_view what,
                        std::size_t columns) {
  const std::string limit = most.count() > 0 ? " of " + brief(most) : "";
  const std::string text = "usher: " + brief(std::chrono::floor<std::chrono::seconds>(since)) + limit + ": ";
  return std::string(kEraseLine) + shortened(text + escape_controls(hide_secrets(what)), columns);
}

}  // namespace usher
