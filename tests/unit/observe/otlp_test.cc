#include "init/observe/otlp.h"

#include "init/base/json_read.h"
#include "init/base/protobuf.h"
#include "tests/catch.h"

using namespace usher;
using namespace std::chrono_literals;

TEST_CASE("a span is written as the protocol has it in JSON", "[otlp]") {
  Span span{"00000000000000ff", "b7ad6b7169203331", "start", 1s, 3s, {}, {}, true, "why \"not\"", {}};
  span.attributes = {{"process.pid", std::int64_t{7}}, {"usher.target", std::string("tcp://a")}};
  span.moments = {{"ready", 2s}};
  const TraceContext context{"0af7651916cd43dd8448eb211c80319c", "", true, "vendor=1"};
  const std::string text = span_json(span, context, 1700000000s);
  CHECK(text ==
        R"({"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00000000000000ff",)"
        R"("parentSpanId":"b7ad6b7169203331","traceState":"vendor=1","name":"start","kind":1,)"
        R"("startTimeUnixNano":"1700000001000000000","endTimeUnixNano":"1700000003000000000",)"
        R"("attributes":[{"key":"process.pid","value":{"intValue":"7"}},)"
        R"({"key":"usher.target","value":{"stringValue":"tcp://a"}}],)"
        R"("events":[{"timeUnixNano":"1700000002000000000","name":"ready"}],)"
        R"("status":{"code":2,"message":"why \"not\""}})");
  span.process_trace = "11111111111111112222222222222222";
  CHECK_THAT(span_json(span, context, 1700000000s),
             has_text(R"("links":[{"traceId":"11111111111111112222222222222222","spanId":"00000000000000ff"}],"status")"));
  CHECK(
      traces_json({{"service.name", "echo"}}, {"{}", "{}"}) ==
      R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":)"
      R"({"stringValue":"echo"}}]},"scopeSpans":[{"scope":{"name":"usher","version":")" USHER_VERSION
      R"("},"spans":[{},{}]}]}]})");
}

TEST_CASE("whatever a service says becomes JSON of a bounded length", "[otlp]") {
  Span span;
  span.failed = true;
  span.message = std::string("\xff\n\"") + std::string(100'000, 'x');
  span.end = -1s;
  const std::string text = span_json(span, {}, 0s);
  CHECK(parse_json(text).has_value());
  CHECK(text.size() < 3000);
  CHECK_THAT(text, has_text(R"("startTimeUnixNano":"0","endTimeUnixNano":"0")"));
  CHECK(text.find("parentSpanId") == std::string::npos);
}

TEST_CASE("what a collector has not taken is understood in each spelling", "[otlp]") {
  const auto [body, rejected] = GENERATE(table<std::string, std::uint64_t>({
      {R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"full"}})", 3},
      {R"({"partialSuccess":{"rejectedSpans":3}})", 3},
      {R"({"partialSuccess":{"rejectedSpans":-3}})", 0},
      {R"({"partialSuccess":{}})", 0},
      {R"({"partialSuccess":[]})", 0},
      {"{}", 0},
      {"", 0},
      {"<html>", 0},
  }));
  CAPTURE(body);
  CHECK(partial_success(body).rejected == rejected);
}

namespace {

std::vector<ProtoField> fields_of(std::string_view message) {
  std::vector<ProtoField> fields;
  while (!message.empty()) {
    const auto field = take_field(message);
    REQUIRE(field);
    fields.push_back(*field);
  }
  return fields;
}

std::string_view bytes_of(std::string_view message, unsigned field) {
  for (const ProtoField& one : fields_of(message))
    if (one.field == field) return one.bytes;
  return "none";
}

}  // namespace

TEST_CASE("a span is written as the protocol has it in Protocol Buffers", "[otlp]") {
  using namespace std::string_literals;
  Span span{"00000000000000ff", "b7ad6b7169203331", "start", 1s, 3s, {}, {}, true, "why\xff", {}};
  span.attributes = {{"process.pid", std::int64_t{7}}, {"usher.target", std::string("tcp://a")}};
  span.moments = {{"ready", 2s}};
  span.process_trace = "11111111111111112222222222222222";
  const TraceContext context{"0af7651916cd43dd8448eb211c80319c", "", true, "vendor=1"};
  const std::string text = span_protobuf(span, context, 1700000000s);
  std::vector<unsigned> numbers;
  for (const ProtoField& one : fields_of(text)) numbers.push_back(one.field);
  CHECK(numbers == std::vector<unsigned>{1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 11, 13, 15});
  CHECK(bytes_of(text, 1) == "\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c");
  CHECK(bytes_of(text, 2) == "\0\0\0\0\0\0\0\xff"s);
  CHECK(bytes_of(text, 3) == "vendor=1");
  CHECK(bytes_of(text, 5) == "start");
  CHECK(bytes_of(text, 7) == "\x00\xca\xc4q\xfe\x9c\x97\x17"s);
  CHECK(bytes_of(bytes_of(text, 9), 1) == "process.pid");
  CHECK(bytes_of(bytes_of(text, 9), 2) == "\x18\x07");
  CHECK(bytes_of(bytes_of(text, 11), 2) == "ready");
  CHECK(bytes_of(bytes_of(text, 13), 1).substr(8) == "\x22\x22\x22\x22\x22\x22\x22\x22");
  CHECK(bytes_of(text, 15) == "\x12\x06why\xEF\xBF\xBD\x18\x02");
  span.failed = false;
  CHECK(bytes_of(span_protobuf(span, context, 0s), 15) == "none");

  const std::string whole = traces_protobuf({{"service.name", "echo"}}, {text, text});
  const std::string_view resource_spans = bytes_of(whole, 1);
  CHECK(bytes_of(resource_spans, 1) == "\x0a\x16\x0a\x0cservice.name\x12\x06\x0a\x04" "echo");
  const auto scope_spans = fields_of(bytes_of(resource_spans, 2));
  REQUIRE(scope_spans.size() == 3);
  CHECK(bytes_of(scope_spans[0].bytes, 1) == "usher");
  CHECK(scope_spans[2].bytes == text);
}

TEST_CASE("what a collector has not taken is understood in Protocol Buffers", "[otlp]") {
  const auto [body, rejected] = GENERATE(table<std::string, std::uint64_t>({
      {"\x0a\x08\x08\x03\x12\x04" "full", 3},
      {"\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 0},
      {"\x0a", 0},
      {"", 0},
      {"{}", 0},
      {"<html>", 0},
  }));
  CAPTURE(body);
  CHECK(partial_success_protobuf(body).rejected == rejected);
  if (rejected > 0) CHECK(partial_success_protobuf(body).message == "full");
}
