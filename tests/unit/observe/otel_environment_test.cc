#include "init/observe/otel_environment.h"

#include "tests/catch.h"

using namespace usher;

namespace {

struct Read {
  TracesConfig config;
  std::vector<std::string> entries{"OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318"};

  std::vector<const char*> environment() const {
    std::vector<const char*> all;
    for (const std::string& entry : entries) all.push_back(entry.c_str());
    all.push_back(nullptr);
    return all;
  }
  bool asked() const { return asks_for_traces(config, environment().data()); }
  OtelSettings read() const { return read_otel(config, environment().data(), "echo", "host1"); }
};

constexpr char kParent[] = "TRACEPARENT=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0";

}  // namespace

TEST_CASE_METHOD(Read, "the path of a base endpoint is added, that of one for traces is not",
                 "[otel]") {
  const auto [entry, url] = GENERATE(table<std::string, HttpUrl>({
      {"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", {"c", 4318, "/v1/traces"}},
      {"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318/", {"c", 4318, "/v1/traces"}},
      {"OTEL_EXPORTER_OTLP_ENDPOINT=http://c/otlp/?k=1", {"c", 80, "/otlp/v1/traces?k=1"}},
      {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c:4318", {"c", 4318, "/"}},
      {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c/x", {"c", 80, "/x"}},
  }));
  CAPTURE(entry);
  entries = {entry};
  CHECK(asked());
  CHECK(read().on);
  CHECK(read().url == url);
  CHECK(read().problems.empty());
  entries.push_back("OTEL_EXPORTER_OTLP_PROTOCOL=grpc");
  CHECK_FALSE(read().protobuf);
  config.endpoint = "http://own:1";
  CHECK(read().url == HttpUrl{"own", 1, "/v1/traces"});
  CHECK(read().on);
  entries.back() = "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf";
  CHECK(read().protobuf);
  entries.push_back("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json");
  CHECK_FALSE(read().protobuf);
}

TEST_CASE_METHOD(Read, "nobody who has not asked for traces gets them", "[otel]") {
  entries = {GENERATE(std::string("A=b"), std::string("OTEL_EXPORTER_OTLP_ENDPOINT="),
                      std::string("OTEL_SERVICE_NAME=a"))};
  CHECK_FALSE(asked());
  entries = {"OTEL_EXPORTER_OTLP_ENDPOINT=http://c"};
  CHECK(asked());
  config.enabled = false;
  CHECK_FALSE(asked());
  CHECK_FALSE(asks_for_traces(TracesConfig(), nullptr));
}

TEST_CASE_METHOD(Read, "what switches traces off, and what only sounds so", "[otel]") {
  const auto [entry, on, problems] = GENERATE(table<std::string, bool, std::size_t>({
      {"OTEL_SDK_DISABLED=TRUE", false, 0},
      {"OTEL_SDK_DISABLED=false", true, 0},
      {"OTEL_TRACES_EXPORTER=none", false, 0},
      {"OTEL_TRACES_EXPORTER=console,otlp", true, 0},
      {"OTEL_EXPORTER_OTLP_PROTOCOL=grpc", false, 1},
      {"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", true, 0},
      {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://c", true, 0},
      {"OTEL_TRACES_SAMPLER=always_off", false, 0},
      {"OTEL_TRACES_SAMPLER=parentbased_always_off", false, 0},
      {"OTEL_TRACES_SAMPLER=always_on", true, 0},
      {"OTEL_TRACES_SAMPLER=odd", true, 1},
      {std::string(kParent) + "0", false, 0},
      {std::string(kParent) + "1", true, 0},
      {"TRACEPARENT=odd", true, 0},
  }));
  CAPTURE(entry);
  entries.push_back(entry);
  const OtelSettings settings = read();
  CHECK(settings.on == on);
  CHECK(settings.problems.size() == problems);
}

TEST_CASE_METHOD(Read, "a parent decides unless the sampler says otherwise", "[otel]") {
  entries.push_back(std::string(kParent) + "1");
  entries.push_back("TRACESTATE=vendor=1");
  REQUIRE(read().above);
  CHECK(read().above->state == "vendor=1");
  entries.push_back("OTEL_TRACES_SAMPLER=parentbased_always_off");
  CHECK(read().on);
  entries.back() = "OTEL_TRACES_SAMPLER=always_off";
  CHECK_FALSE(read().on);
}

TEST_CASE_METHOD(Read, "a ratio chooses by the id", "[otel]") {
  entries.insert(entries.end(),
                 {"OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.5"});
  CHECK(read().ratio == 0.5);
  const std::string high(16, 'f'), low = "1" + std::string(15, '0');
  CHECK(is_in_ratio(high + low, 0.5));
  CHECK_FALSE(is_in_ratio(low + high, 0.5));
  CHECK(is_in_ratio(low + high, 1));
  CHECK_FALSE(is_in_ratio(low + low, 0));
  entries.back() = "OTEL_TRACES_SAMPLER_ARG=7";
  CHECK(read().ratio == 1);
  CHECK(read().problems.size() == 1);
}

TEST_CASE_METHOD(Read, "headers are decoded, and never quoted when they are wrong", "[otel]") {
  entries.push_back("OTEL_EXPORTER_OTLP_HEADERS= api-key = a%20b%3D , x=y=z,");
  CHECK(read().headers == HttpHeaders{{"api-key", "a b="}, {"x", "y=z"}});
  entries.push_back("OTEL_EXPORTER_OTLP_TRACES_HEADERS=k=v");
  CHECK(read().headers == HttpHeaders{{"k", "v"}});
  entries.back() = "OTEL_EXPORTER_OTLP_TRACES_HEADERS=" +
                   GENERATE(std::string("secret"), std::string("k=secret%0d%0aX: y"),
                            std::string("k=secret%2"), std::string("a b=secret"));
  const OtelSettings settings = read();
  CHECK(settings.on);
  CHECK(settings.headers.empty());
  REQUIRE(settings.problems.size() == 1);
  CHECK_THAT(settings.problems[0], has_text("OTEL_EXPORTER_OTLP_TRACES_HEADERS is not"));
  CHECK(settings.problems[0].find("secret") == std::string::npos);
}

TEST_CASE_METHOD(Read, "a resource has the names that were given to it", "[otel]") {
  CHECK(read().resource.at("service.name") == "echo");
  CHECK(read().resource.at("service.instance.id") == "host1");
  entries.push_back("OTEL_RESOURCE_ATTRIBUTES=service.name=a,deployment.environment=ci%2C1");
  CHECK(read().resource.at("service.name") == "a");
  CHECK(read().resource.at("deployment.environment") == "ci,1");
  entries.push_back("OTEL_SERVICE_NAME=b");
  CHECK(read().resource.at("service.name") == "b");
  entries = {entries[0], "OTEL_RESOURCE_ATTRIBUTES=odd", "OTEL_EXPORTER_OTLP_TIMEOUT=0"};
  CHECK(read().resource.at("service.name") == "echo");
  CHECK(read().problems.size() == 2);
  CHECK(read().timeout == Millis{10'000});
  entries.back() = "OTEL_EXPORTER_OTLP_TIMEOUT=250";
  CHECK(read().timeout == Millis{250});
}
