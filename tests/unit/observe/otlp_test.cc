#include "init/observe/otlp.h"

#include "init/base/json_read.h"
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
