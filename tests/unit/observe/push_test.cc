#include "init/observe/push.h"

#include "tests/catch.h"

using namespace usher;

using Labels = std::map<std::string, std::string>;

TEST_CASE("a group at a Pushgateway is named in the path", "[push]") {
  const auto [base, labels, path] = GENERATE(table<std::string, Labels, std::string>({
      {"/", {{"job", "nightly"}}, "/metrics/job/nightly"},
      {"/gateway/", {{"job", "a"}}, "/gateway/metrics/job/a"},
      {"/gateway?key=1", {{"job", "a"}}, "/gateway/metrics/job/a?key=1"},
      {"/", {{"env", "ci"}, {"job", "a"}, {"zone", "b"}}, "/metrics/job/a/env/ci/zone/b"},
      {"/", {{"job", "a b%?#\xc3\xa4"}}, "/metrics/job/a%20b%25%3F%23%C3%A4"},
      {"/", {{"job", "a"}, {"path", "/var/tmp"}}, "/metrics/job/a/path@base64/L3Zhci90bXA"},
      {"/", {{"job", "a/b"}}, "/metrics/job@base64/YS9i"},
      {"/", {{"job", "a"}, {"x", "//>"}}, "/metrics/job/a/x@base64/Ly8-"},
      {"/", {{"job", "a"}, {"x", "//\xff\xff"}}, "/metrics/job/a/x@base64/Ly___w"},
      {"/", {{"job", "a"}, {"x", ""}}, "/metrics/job/a/x@base64/="},
      {"/", {{"job", ".."}}, "/metrics/job@base64/Li4"},
  }));
  CAPTURE(path);
  CHECK(push_path(base, labels) == path);
}

TEST_CASE("a push takes its job from the service unless the labels name one", "[push]") {
  MetricsConfig config;
  config.push = "http://gateway:9091";
  config.push_headers = {{"Authorization", "Basic x"}};
  const PostRequest request = push_request(config, "nightly", "up 1\n");
  CHECK(request.url == HttpUrl{"gateway", 9091, "/metrics/job/nightly"});
  CHECK(request.method == "POST");
  CHECK(request.content_type == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(request.headers == config.push_headers);
  CHECK(request.body == "up 1\n");
  config.push_labels = {{"job", "other"}};
  CHECK(push_request(config, "nightly", "").url.path == "/metrics/job/other");
}
