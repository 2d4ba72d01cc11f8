#include "init/base/duration.h"

#include <cstdint>

namespace usher {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t millis;
};

// From large to small: a text names each unit at most once, and in this order.
constexpr Unit kUnits[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr std::int64_t kLongest = 365 * kUnits[0].millis;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the digits at the start of `text`; nothing if there are none, or too many to mean anything.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::size_t length = 0;
  std::int64_t number = 0;
  for (; length < text.size() && is_digit(text[length]); ++length) {
    if (length == 15) return {};
    number = number * 10 + (text[length] - '0');
  }
  if (length == 0) return {};
  text.remove_prefix(length);
  return number;
}

// Takes ".25" as 25 of 100; 0 of 1 where there is no point.
struct Fraction {
  std::int64_t part = 0, whole = 1;
};
std::optional<Fraction> take_fraction(std::string_view& text) {
  if (text.empty() || text.front() != '.') return Fraction{};
  text.remove_prefix(1);
  const std::size_t before = text.size();
  const auto part = take_number(text);
  if (!part || before - text.size() > 9) return {};
  Fraction fraction{*part, 1};
  for (std::size_t i = text.size(); i < before; ++i) fraction.whole *= 10;
  return fraction;
}

// The index of the unit at the start of `text`, which it takes.
std::optional<std::size_t> take_unit(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && !is_digit(text[length])) ++length;
  for (std::size_t i = 0; i < std::size(kUnits); ++i)
    if (kUnits[i].name == text.substr(0, length)) {
      text.remove_prefix(length);
      return i;
    }
  return {};
}

// Takes "80% of "; 100 where it is not there, 0 where it is none from 1 to 100.
std::int64_t take_share(std::string_view& text) {
  constexpr std::string_view kOf = "% of ";
  const std::size_t at = text.find(kOf);
  if (at == std::string_view::npos) return 100;
  std::string_view digits = text.substr(0, at);
  const auto share = take_number(digits);
  text.remove_prefix(at + kOf.size());
  return share && digits.empty() && *share >= 1 && *share <= 100 ? *share : 0;
}

std::optional<std::chrono::milliseconds> parse_whole(std::string_view text) {
  std::string_view rest = text;
  if (const auto seconds = take_number(rest); seconds && rest.empty())
    return *seconds > kLongest / 1000 ? std::nullopt
                                      : std::optional(std::chrono::milliseconds(*seconds * 1000));
  if (text.empty()) return {};
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return {};
    const auto fraction = take_fraction(text);
    const auto unit = fraction ? take_unit(text) : std::nullopt;
    if (!unit || *unit < next_unit) return {};
    next_unit = *unit + 1;
    const std::int64_t millis = kUnits[*unit].millis;
    // A part of a millisecond would be lost without a word.
    if (*number > kLongest / millis || fraction->part * millis % fraction->whole != 0) return {};
    total += *number * millis + fraction->part * millis / fraction->whole;
    if (total > kLongest) return {};
  }
  return std::chrono::milliseconds(total);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const std::int64_t share = take_share(text);
  const auto whole = parse_whole(text);
  if (share == 0 || !whole) return {};
  return *whole * share / 100;
}

std::string format_duration(std::chrono::milliseconds value) {
  const std::int64_t millis = value.count();
  if (millis < 0) return '-' + format_duration(-value);
  if (millis == 0) return "0s";
  if (millis < 1000) return std::to_string(millis) + "ms";
  if (millis % 1000 != 0) {
    std::string fraction = std::to_string(1000 + millis % 1000).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return std::to_string(millis / 1000) + '.' + fraction + 's';
  }
  for (const Unit& unit : kUnits)
    if (unit.name != "d" && millis % unit.millis == 0)
      return std::to_string(millis / unit.millis) + std::string(unit.name);
  return {};
}

}  // namespace usher
