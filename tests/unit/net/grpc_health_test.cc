#include "init/net/grpc_health.h"

#include "init/net/grpc_call.h"

#include "tests/catch.h"

using namespace usher;

namespace {

std::string framed(const std::string& message) {
  return std::string("\0\0\0\0", 4) + static_cast<char>(message.size()) + message;
}

}  // namespace

TEST_CASE("a health check request holds the name of the service", "[grpc_health]") {
  CHECK(health_check_request("") == framed(""));
  CHECK(health_check_request("echo") == framed("\x0a\x04"
                                               "echo"));
  const std::string name(300, 'x');
  CHECK(health_check_request(name) == std::string("\0\0\0\1\x2f\x0a\xac\x02", 8) + name);
}

TEST_CASE("a health check response is read", "[grpc_health]") {
  CHECK(read_health_check_response(framed("\x08\x01")) == ServingStatus::serving);
  CHECK(read_health_check_response(framed("\x08\x02")) == ServingStatus::not_serving);
  CHECK(read_health_check_response(framed("\x08\x03")) == ServingStatus::service_unknown);
  CHECK(read_health_check_response(framed("\x08\x7f")) == ServingStatus::unknown);
  CHECK(read_health_check_response(framed("")) == ServingStatus::unknown);
  const std::string with_more = "\x12\x02hi\x1dnnnn\x21nnnnnnnn\x28\x96\x01\x08\x01";
  CHECK(read_health_check_response(framed(with_more)) == ServingStatus::serving);
}

TEST_CASE("what is no health check response is refused", "[grpc_health]") {
  const std::string body = GENERATE(
      std::string(""), std::string("\0\0\0", 3), std::string("\1\0\0\0\0", 5),
      std::string("\0\0\0\0\1", 5), framed("\x08\x01") + "x", framed("\x08"), framed("\x08\xff"),
      framed("\x0b"), framed("\x12\x05hi"), framed("\x1dnnn"), framed(std::string(12, '\xff')));
  CHECK_FALSE(read_health_check_response(body));
}

TEST_CASE("a gRPC message is decoded for people", "[grpc_health]") {
  CHECK(decode_grpc_message("not%20yet%2") == "not yet%2");
  CHECK(decode_grpc_message("%zz%") == "%zz%");
  CHECK(decode_grpc_message("a\nb%0Ac%1b[31m") == "abc[31m");
  CHECK(decode_grpc_message(std::string(5000, 'x')).size() == 200);
}

TEST_CASE("a server that asks on and on is given up", "[grpc]") {
  GrpcCall call({"host:1", "/grpc.health.v1.Health/Check", health_check_request("")});
  call.take_output();
  call.feed(std::string_view("\0\0\0\4\0\0\0\0\0", 9));  // its settings
  std::string pings;
  for (int i = 0; i < 64; ++i) pings += std::string_view("\0\0\x08\6\0\0\0\0\0" "12345678", 17);
  std::size_t fed = 0;
  for (; !call.over() && fed < 4 * GrpcCall::kMostReceived; fed += pings.size()) {
    call.feed(pings);
    call.take_output();
  }
  CHECK(call.over());
  CHECK(fed <= GrpcCall::kMostReceived + 2 * pings.size());
  CHECK_THAT(call.problem(), has_text("more than 1 MiB"));
}
