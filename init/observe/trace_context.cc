#include "init/observe/trace_context.h"

#include <algorithm>

namespace usher {
namespace {

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

// Later versions begin in the same way and may go on after another dash.
std::optional<TraceContext> parse_traceparent(std::string_view text) {
  constexpr std::size_t kLength = 55;
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return {};
  const std::string_view version = text.substr(0, 2), trace = text.substr(3, 32),
                         parent = text.substr(36, 16), flags = text.substr(53, 2);
  if (!is_hex(version) || version == "ff" || !is_id(trace) || !is_id(parent) || !is_hex(flags))
    return {};
  if (text.size() > kLength && (version == "00" || text[kLength] != '-')) return {};
  constexpr std::string_view kOdd = "13579bdf";
  const bool sampled = kOdd.find(flags[1]) != std::string_view::npos;
  return TraceContext{std::string(trace), std::string(parent), sampled, {}};
}

std::optional<TraceContext> parse_shared_trace(std::string_view text) {
  constexpr std::size_t kDigits = 32;
  if (text.size() == kDigits && is_id(text)) return TraceContext{std::string(text), {}, true, {}};
  auto context = parse_traceparent(text);
  if (context && !context->sampled) context.reset();
  return context;
}

std::string traceparent(const std::string& trace, const std::string& span) {
  return "00-" + trace + '-' + span + "-01";
}

std::string hex_id(std::uint64_t number) {
  std::string text(16, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, number >>= 4)
    *digit = "0123456789abcdef"[number & 15];
  return text;
}

}  // namespace usher
