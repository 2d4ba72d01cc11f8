#include "init/observe/otlp.h"

#include <algorithm>

#include "init/base/json.h"
#include "init/base/json_read.h"
#include "init/base/text.h"

namespace usher {
namespace {

// 64-bit numbers are texts in the protocol's JSON.
std::string nanoseconds(std::chrono::microseconds time) {
  return std::to_string(time.count() * 1000);
}

std::string attribute(std::string_view key, const std::variant<std::int64_t, std::string>& value) {
  std::string inner, out;
  JsonObject holder(inner);
  if (const auto* number = std::get_if<std::int64_t>(&value))
    holder.add("intValue", std::to_string(*number));
  else
    holder.add("stringValue", std::string_view(std::get<std::string>(value)).substr(0, kMostSpanText));
  holder.end();
  JsonObject object(out);
  object.add("key", key).add_raw("value", inner).end();
  return out;
}

template <typename Items, typename Write>
std::string array(const Items& items, Write write) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? "," : "") + write(item);
  return out + ']';
}

std::string link(const Span& span) {
  std::string out;
  JsonObject object(out);
  object.add("traceId", span.process_trace).add("spanId", span.id).end();
  return out;
}

std::string status(const Span& span) {
  constexpr int kError = 2;
  std::string out;
  JsonObject object(out);
  if (span.failed)
    object.add("code", kError).add("message", std::string_view(span.message).substr(0, kMostSpanText));
  object.end();
  return out;
}

}  // namespace

std::string span_json(const Span& span, const TraceContext& context,
                      std::chrono::microseconds wall) {
  constexpr int kInternal = 1;
  const auto write_moment = [wall](const Span::Moment& moment) {
    std::string out;
    JsonObject object(out);
    object.add("timeUnixNano", nanoseconds(wall + moment.at)).add("name", moment.name).end();
    return out;
  };
  std::string out;
  JsonObject object(out);
  object.add("traceId", context.trace).add("spanId", span.id);
  if (!span.parent.empty()) object.add("parentSpanId", span.parent);
  if (!context.state.empty()) object.add("traceState", context.state);
  object.add("name", span.name)
      .add("kind", kInternal)
      .add("startTimeUnixNano", nanoseconds(wall + span.begin))
      .add("endTimeUnixNano", nanoseconds(wall + std::max(span.begin, span.end)))
      .add_raw(
          "attributes",
          array(span.attributes, [](const auto& one) { return attribute(one.first, one.second); }))
      .add_raw("events", array(span.moments, write_moment));
  if (!span.process_trace.empty()) object.add_raw("links", "[" + link(span) + ']');
  object.add_raw("status", status(span));
  object.end();
  return out;
}

std::string traces_json(const std::map<std::string, std::string>& resource,
                        const std::vector<std::string>& spans) {
  const std::string attributes =
      array(resource, [](const auto& one) { return attribute(one.first, one.second); });
  return R"({"resourceSpans":[{"resource":{"attributes":)" + attributes +
         R"(},"scopeSpans":[{"scope":{"name":"usher","version":")" USHER_VERSION R"("},"spans":)" +
         array(spans, [](const std::string& span) { return span; }) + "}]}]}";
}

PartialSuccess partial_success(std::string_view body) {
  const auto json = parse_json(body);
  const Json* const part = json ? json->find("partialSuccess") : nullptr;
  if (part == nullptr) return {};
  PartialSuccess result;
  result.message = part->text_of("errorMessage");
  auto rejected = parse_integer(part->text_of("rejectedSpans"));
  if (!rejected) rejected = part->integer_of("rejectedSpans");
  if (rejected && *rejected > 0) result.rejected = static_cast<std::uint64_t>(*rejected);
  return result;
}

}  // namespace usher
