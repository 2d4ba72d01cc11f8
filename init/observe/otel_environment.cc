#include "init/observe/otel_environment.h"

#include <algorithm>
#include <cstring>

#include "init/base/text.h"

namespace usher {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}

// "key=value,key=value", the values with %20 and so on. Nothing where an entry is not like that.
std::optional<Pairs> read_pairs(std::string_view text) {
  Pairs pairs;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view entry = trim(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (entry.empty()) continue;
    const auto equals = entry.find('=');
    if (equals == entry.npos || trim(entry.substr(0, equals)).empty()) return std::nullopt;
    const auto value = percent_decoded(trim(entry.substr(equals + 1)));
    if (!value) return std::nullopt;
    pairs.emplace_back(trim(entry.substr(0, equals)), *value);
  }
  return pairs;
}

class OtelReader {
 public:
  OtelReader(const TracesConfig& config, const char* const* environment)
      : config_(config), environment_(environment) {}

  OtelSettings read(const std::string& service, const std::string& instance) {
    settings_.on = is_wanted() && read_target() && read_sampler();
    if (!settings_.on) return std::move(settings_);
    read_headers();
    read_tls();
    read_timeout();
    read_resource(service, instance);
    return std::move(settings_);
  }

 private:
  struct Variable {
    std::string_view name, value;
  };

  // An empty one is as good as none.
  std::string_view get(std::string_view name) const {
    for (const char* const* entry = environment_; entry && *entry; ++entry)
      if (std::strncmp(*entry, name.data(), name.size()) == 0 && (*entry)[name.size()] == '=')
        return trim(*entry + name.size() + 1);
    return {};
  }
  // The one for traces, else the one for all signals.
  Variable either(std::string_view traces, std::string_view all) const {
    const std::string_view value = get(traces);
    return value.empty() ? Variable{all, get(all)} : Variable{traces, value};
  }
  bool problem(std::string_view name, std::string_view why) {
    settings_.problems.push_back(std::string(name) + ' ' + std::string(why));
    return false;
  }

  bool is_wanted() const {
    if (to_lower(get("OTEL_SDK_DISABLED")) == "true") return false;
    const std::string_view exporters = get("OTEL_TRACES_EXPORTER");
    return !config_.endpoint.empty() || exporters.empty() ||
           exporters.find("otlp") != exporters.npos;
  }

  bool read_target() {
    const Variable protocol =
        either("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL");
    settings_.protobuf = protocol.value == "http/protobuf";
    if (!config_.endpoint.empty()) return take_url("traces.endpoint", config_.endpoint, true);
    if (protocol.value == "grpc")
      return problem(
          protocol.name,
          "is grpc, but usher speaks http/protobuf and http/json: there are no traces; traces.endpoint, or "
          "USHER_TRACES_ENDPOINT, names a port for HTTP (4318 by custom)");
    const Variable endpoint =
        either("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT");
    return take_url(endpoint.name, endpoint.value, endpoint.name == "OTEL_EXPORTER_OTLP_ENDPOINT");
  }

  bool take_url(std::string_view name, std::string_view text, bool is_base) {
    auto [url, why] = parse_http_url(text);
    if (!why.empty()) return problem(name, "cannot be used: " + why);
    settings_.url = std::move(url);
    std::string& path = settings_.url.path;
    if (!is_base) return true;
    const std::string query = path.substr(std::min(path.find('?'), path.size()));
    path.resize(path.size() - query.size());
    while (path.ends_with('/')) path.pop_back();
    path += "/v1/traces" + query;
    return true;
  }

  // Who is above decides for us, unless the sampler says otherwise.
  bool read_sampler() {
    settings_.above = parse_traceparent(get("TRACEPARENT"));
    if (settings_.above) settings_.above->state = get("TRACESTATE");
    std::string_view sampler = get("OTEL_TRACES_SAMPLER");
    constexpr std::string_view kParentBased = "parentbased_";
    const bool follows = sampler.empty() || sampler.starts_with(kParentBased);
    if (follows && settings_.above) return settings_.above->sampled;
    if (sampler.starts_with(kParentBased)) sampler.remove_prefix(kParentBased.size());
    if (sampler == "always_off") return false;
    if (sampler == "traceidratio") {
      const std::string_view text = get("OTEL_TRACES_SAMPLER_ARG");
      const auto ratio = text.empty() ? std::optional(1.0) : parse_number(text);
      if (ratio && *ratio >= 0 && *ratio <= 1)
        settings_.ratio = *ratio;
      else
        problem("OTEL_TRACES_SAMPLER_ARG", "is not a number from 0 to 1; 1 is taken");
    } else if (!sampler.empty() && sampler != "always_on") {
      problem("OTEL_TRACES_SAMPLER", "names no sampler that usher knows; every trace is sent");
    }
    return true;
  }

  void read_headers() {
    const auto [name, text] =
        either("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS");
    const auto pairs = read_pairs(text);
    bool good = pairs.has_value();
    for (const auto& [key, value] : pairs.value_or(Pairs()))
      good = good && !breaks_header(key, value) && key.find_first_of(" \t:") == key.npos;
    if (good)
      settings_.headers = HttpHeaders(pairs->begin(), pairs->end());
    else
      problem(name, "is not like \"name=value,name=value\"; it is passed over");
  }

  // What the configuration does not say.
  void read_tls() {
    TlsSettings given;
    given.ca_file = either("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE").value;
    given.certificate =
        either("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE").value;
    given.key = either("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY").value;
    settings_.tls = config_.tls.over(given);
  }

  void read_timeout() {
    const auto [name, text] =
        either("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT");
    if (text.empty()) return;
    constexpr std::int64_t kMost = 600'000;
    const auto wanted = parse_integer(text);
    if (wanted && *wanted > 0 && *wanted <= kMost)
      settings_.timeout = std::chrono::milliseconds(*wanted);
    else
      problem(name, "is not a number of milliseconds from 1 to 600000; 10000 is taken");
  }

  void read_resource(const std::string& service, const std::string& instance) {
    settings_.resource = {{"telemetry.sdk.name", "usher"},
                          {"telemetry.sdk.language", "cpp"},
                          {"telemetry.sdk.version", USHER_VERSION},
                          {"service.name", service},
                          {"service.instance.id", instance}};
    if (const auto pairs = read_pairs(get("OTEL_RESOURCE_ATTRIBUTES")))
      for (const auto& [key, value] : *pairs) settings_.resource[key] = value;
    else
      problem("OTEL_RESOURCE_ATTRIBUTES",
              "is not like \"name=value,name=value\"; it is passed over");
    const std::string_view name = get("OTEL_SERVICE_NAME");
    if (!name.empty()) settings_.resource["service.name"] = name;
  }

  const TracesConfig& config_;
  const char* const* environment_;
  OtelSettings settings_;
};

}  // namespace

bool asks_for_traces(const TracesConfig& config, const char* const* environment) {
  if (!config.enabled) return false;
  if (!config.endpoint.empty()) return true;
  for (const char* const* entry = environment; entry && *entry; ++entry)
    for (const std::string_view name :
         {"OTEL_EXPORTER_OTLP_ENDPOINT=", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="})
      if (std::strncmp(*entry, name.data(), name.size()) == 0 && (*entry)[name.size()] != '\0')
        return true;
  return false;
}

OtelSettings read_otel(const TracesConfig& config, const char* const* environment,
                       const std::string& service, const std::string& instance) {
  return OtelReader(config, environment).read(service, instance);
}

bool is_in_ratio(std::string_view trace, double ratio) {
  std::uint64_t low = 0;
  for (const char digit : trace.substr(16))
    low = low << 4 | static_cast<unsigned>(hex_digit(digit));
  constexpr double kRange = 9223372036854775808.0;
  return ratio >= 1 || static_cast<double>(low >> 1) < ratio * kRange;
}

}  // namespace usher
