// What names a span to those who hang their own below it: W3C Trace Context, in the environment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

struct TraceContext {
  std::string trace;   // 32 digits, hexadecimal, lower case, not all zero
  std::string parent;  // 16 likewise; empty at the root of a trace
  bool sampled = true;
  std::string state;  // TRACESTATE as it came; what it means is others' business
};

// A TRACEPARENT; nothing where it is not one.
std::optional<TraceContext> parse_traceparent(std::string_view text);
// What instances keep in Redis for each other: the id of a trace alone, or a TRACEPARENT that was
// sampled. Nothing where it is neither.
std::optional<TraceContext> parse_shared_trace(std::string_view text);
std::string traceparent(const std::string& trace, const std::string& span);

// 16 digits, lower case.
std::string hex_id(std::uint64_t number);

}  // namespace usher
