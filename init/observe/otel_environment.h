// Where traces go and what is said of their origin, by OpenTelemetry's own environment variables.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "init/config/config.h"
#include "init/net/http_exchange.h"
#include "init/observe/trace_context.h"

namespace usher {

// Whether anybody asks for traces. Nothing more is looked at before this is so.
bool asks_for_traces(const TracesConfig& config, const char* const* environment);

struct OtelSettings {
  bool on = false;
  HttpUrl url;  // that the spans are sent to
  bool protobuf = false;  // else as JSON
  HttpHeaders headers;
  TlsSettings tls;
  std::chrono::milliseconds timeout{10'000};  // of one request
  std::map<std::string, std::string> resource;
  std::optional<TraceContext> above;  // TRACEPARENT and TRACESTATE
  double ratio = 1;                   // of the traces that begin here, those that are sent
  std::vector<std::string> problems;  // each one sentence that names the variable; no secrets
};

OtelSettings read_otel(const TracesConfig& config, const char* const* environment,
                       const std::string& service, const std::string& instance);

// Whether a trace that begins here with this id belongs to the ratio: services that decide by the
// same rule decide alike.
bool is_in_ratio(std::string_view trace, double ratio);

}  // namespace usher
