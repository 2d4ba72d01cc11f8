#include "init/base/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "init/base/json.h"

namespace usher {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// Insertions, deletions, substitutions and swaps of neighbours, regardless of case.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

template <typename Number>
std::optional<Number> parse_whole(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || stop != end) return {};
  return number;
}

}  // namespace

std::string format_number(double number) {
  char digits[32];
  for (int precision = 15; precision <= 17; ++precision) {
    std::snprintf(digits, sizeof digits, "%.*g", precision, number);
    if (std::strtod(digits, nullptr) == number) break;
  }
  return digits;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string to_upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), upper);
  return out;
}

std::string in_quotes(std::string_view whole) {
  constexpr std::size_t kLongest = 60;
  const std::string text = hide_passwords(whole);
  std::string out;
  if (text.size() <= kLongest) {
    append_json_string(out, text);
    return out;
  }
  std::size_t length = kLongest;  // not in the middle of a character
  while (length > kLongest - 4 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  append_json_string(out, std::string_view(text).substr(0, length));
  return out + "...";
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() > 64) return {};
  std::size_t limit = word.size() < 4 ? 1 : word.size() / 3;
  std::string_view found;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance > limit || (!found.empty() && distance == limit)) continue;
    found = candidate;
    limit = distance;
  }
  return found;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  return parse_whole<std::int64_t>(text);
}

std::optional<double> parse_number(std::string_view text) {
  const auto number = parse_whole<double>(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<bool> parse_boolean(std::string_view text) {
  const std::string word = to_lower(text);
  if (word == "1" || word == "true" || word == "yes" || word == "on") return true;
  if (word == "0" || word == "false" || word == "no" || word == "off") return false;
  return {};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_whole<std::uint64_t>(text.substr(0, digits));
  if (!number) return {};
  const std::string unit = to_lower(text.substr(digits));
  constexpr std::string_view kPrefixes = "kmgt";
  std::uint64_t factor = 1;
  if (!unit.empty() && unit != "b") {
    const std::size_t power = kPrefixes.find(unit.front());
    const std::string rest = unit.substr(1);
    const bool binary = rest.empty() || rest == "i" || rest == "ib";
    if (power == std::string_view::npos || !(binary || rest == "b")) return {};
    for (std::size_t i = 0; i <= power; ++i) factor *= binary ? 1024 : 1000;
  }
  if (*number > UINT64_MAX / factor) return {};
  return *number * factor;
}

}  // namespace usher
