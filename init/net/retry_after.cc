#include "init/net/retry_after.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace usher {
namespace {

using namespace std::chrono;

// The number that is all of the text.
std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc::result_out_of_range) return ~0u;
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

// "Wed, 21 Oct 2026 07:28:00 GMT", the one form that servers may write.
std::optional<sys_seconds> read_date(std::string_view text) {
  constexpr std::string_view kShape = "aaa, 00 aaa 0000 00:00:00 GMT";
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != kShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (kShape[i] != '0' && kShape[i] != 'a' && text[i] != kShape[i]) return std::nullopt;
  const std::size_t at = kMonths.find(text.substr(8, 3));
  const auto d = number(text.substr(5, 2)), y = number(text.substr(12, 4));
  const auto h = number(text.substr(17, 2)), m = number(text.substr(20, 2)),
             s = number(text.substr(23, 2));
  if (at == std::string_view::npos || at % 3 != 0 || !d || !y || !h || !m || !s)
    return std::nullopt;
  const year_month_day date{year(static_cast<int>(*y)), month(static_cast<unsigned>(at / 3 + 1)),
                            day(*d)};
  if (!date.ok() || *h > 23 || *m > 59 || *s > 60) return std::nullopt;
  return sys_days(date) + hours(*h) + minutes(*m) + seconds(*s);
}

}  // namespace

milliseconds read_retry_after(std::string_view value, system_clock::time_point now) {
  if (const auto wait = number(value)) {
    if (*wait >= kLongestRetryAfter / 1s) return kLongestRetryAfter;
    return seconds(*wait);
  }
  const auto date = read_date(value);
  if (!date || *date <= floor<seconds>(now)) return milliseconds{0};
  if (*date - floor<seconds>(now) >= kLongestRetryAfter) return kLongestRetryAfter;
  return ceil<milliseconds>(*date - now);
}

}  // namespace usher
