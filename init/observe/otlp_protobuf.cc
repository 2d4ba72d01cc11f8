#include <algorithm>

#include "init/base/protobuf.h"
#include "init/observe/otlp.h"

namespace usher {
namespace {

// The numbers of opentelemetry/proto/trace/v1/trace.proto and what that includes, which never change.
namespace span_field {
constexpr unsigned kTraceId = 1, kSpanId = 2, kTraceState = 3, kParentSpanId = 4, kName = 5, kKind = 6, kStart = 7,
                   kEnd = 8, kAttributes = 9, kMoments = 11, kLinks = 13, kStatus = 15;
}
namespace status_field {
constexpr unsigned kMessage = 2, kCode = 3;
}
namespace attribute_field {
constexpr unsigned kKey = 1, kValue = 2, kString = 1, kInteger = 3;
}

std::string id_bytes(std::string_view hex) {
  std::string bytes;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
  return bytes;
}

void append_time(std::string& message, unsigned field, std::chrono::microseconds time) {
  append_fixed64(message, field, static_cast<std::uint64_t>(time.count() * 1000));
}

void append_attribute(std::string& message, unsigned field, std::string_view key,
                      const std::variant<std::int64_t, std::string>& value) {
  using namespace attribute_field;
  std::string inner, attribute;
  if (const auto* number = std::get_if<std::int64_t>(&value))
    append_number(inner, kInteger, static_cast<std::uint64_t>(*number));
  else
    append_text(inner, kString, std::string_view(std::get<std::string>(value)).substr(0, kMostSpanText));
  append_text(attribute, kKey, key);
  append_bytes(attribute, kValue, inner);
  append_bytes(message, field, attribute);
}

}  // namespace

std::string span_protobuf(const Span& span, const TraceContext& context, std::chrono::microseconds wall) {
  using namespace span_field;
  constexpr std::uint64_t kInternal = 1, kError = 2;
  std::string out, part;
  append_bytes(out, kTraceId, id_bytes(context.trace));
  append_bytes(out, kSpanId, id_bytes(span.id));
  if (!context.state.empty()) append_text(out, kTraceState, context.state);
  if (!span.parent.empty()) append_bytes(out, kParentSpanId, id_bytes(span.parent));
  append_text(out, kName, span.name);
  append_number(out, kKind, kInternal);
  append_time(out, kStart, wall + span.begin);
  append_time(out, kEnd, wall + std::max(span.begin, span.end));
  for (const auto& [key, value] : span.attributes) append_attribute(out, kAttributes, key, value);
  for (const Span::Moment& moment : span.moments) {
    part.clear();
    append_time(part, 1, wall + moment.at);
    append_text(part, 2, moment.name);
    append_bytes(out, kMoments, part);
  }
  if (!span.process_trace.empty()) {
    part.clear();
    append_bytes(part, kTraceId, id_bytes(span.process_trace));
    append_bytes(part, kSpanId, id_bytes(span.id));
    append_bytes(out, kLinks, part);
  }
  if (!span.failed) return out;
  part.clear();
  append_text(part, status_field::kMessage, std::string_view(span.message).substr(0, kMostSpanText));
  append_number(part, status_field::kCode, kError);
  append_bytes(out, kStatus, part);
  return out;
}

std::string traces_protobuf(const std::map<std::string, std::string>& resource,
                            const std::vector<std::string>& spans) {
  std::string attributes, scope, scope_spans, resource_spans, out;
  for (const auto& [key, value] : resource) append_attribute(attributes, 1, key, value);
  append_text(scope, 1, "usher");
  append_text(scope, 2, USHER_VERSION);
  append_bytes(scope_spans, 1, scope);
  for (const std::string& span : spans) append_bytes(scope_spans, 2, span);
  append_bytes(resource_spans, 1, attributes);
  append_bytes(resource_spans, 2, scope_spans);
  append_bytes(out, 1, resource_spans);
  return out;
}

PartialSuccess partial_success_protobuf(std::string_view body) {
  constexpr unsigned kPart = 1, kRejected = 1, kMessage = 2;
  using Kind = ProtoField::Kind;
  PartialSuccess result;
  while (!body.empty()) {
    const auto field = take_field(body);
    if (!field) return {};
    if (field->field != kPart || field->kind != Kind::bytes) continue;
    for (std::string_view part = field->bytes; !part.empty();) {
      const auto inner = take_field(part);
      if (!inner) return {};
      if (inner->field == kRejected && inner->kind == Kind::number) result.rejected = inner->number;
      if (inner->field == kMessage && inner->kind == Kind::bytes) result.message = inner->bytes;
    }
  }
  if (static_cast<std::int64_t>(result.rejected) < 0) result.rejected = 0;
  return result;
}

}  // namespace usher
