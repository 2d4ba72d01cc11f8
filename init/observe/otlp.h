// Spans in the two encodings of the OpenTelemetry protocol (OTLP/HTTP): JSON and Protocol Buffers.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "init/observe/trace.h"

namespace usher {

// Of a text in a span, in bytes: longer than anything that we write ourselves; what a server or a
// service said may go on.
inline constexpr std::size_t kMostSpanText = 1024;

// One span. Its times go out as those of the wall clock that read `wall` when the monotonic one
// read 0: both ends of all spans move together, whatever is done to the wall clock meanwhile.
std::string span_json(const Span& span, const TraceContext& context,
                      std::chrono::microseconds wall);

// The body of a request: of spans as span_json() writes them, and what all of them come from.
std::string traces_json(const std::map<std::string, std::string>& resource,
                        const std::vector<std::string>& spans);

// What a collector that has taken a request says of spans that it has not.
struct PartialSuccess {
  std::uint64_t rejected = 0;
  std::string message;
};
PartialSuccess partial_success(std::string_view body);

// The same three in Protocol Buffers.
std::string span_protobuf(const Span& span, const TraceContext& context,
                          std::chrono::microseconds wall);
std::string traces_protobuf(const std::map<std::string, std::string>& resource,
                            const std::vector<std::string>& spans);
PartialSuccess partial_success_protobuf(std::string_view body);

}  // namespace usher
