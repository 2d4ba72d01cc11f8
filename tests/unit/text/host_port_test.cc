#include "init/text/host_port.h"

#include "tests/catch.h"

using namespace usher;

TEST_CASE("hosts with ports", "[host_port]") {
  const auto [text, host, port] = GENERATE(table<std::string, std::string, int>({
      {"redis:6379", "redis", 6379},
      {"127.0.0.1:80", "127.0.0.1", 80},
      {"[::1]:65535", "::1", 65535},
      {"[fe80::1%eth0]:1", "fe80::1%eth0", 1},
      {"my_service.local-net:08", "my_service.local-net", 8},
  }));
  CAPTURE(text);
  const auto [where, problem] = parse_host_port(text);
  CHECK(problem == "");
  CHECK(where.host == host);
  CHECK(where.port == port);
}

TEST_CASE("what is no host with a port says what is wrong", "[host_port]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"", "it names no host"},
      {":80", "it names no host"},
      {"[]:80", "it names no host"},
      {"redis", "it names no port"},
      {"[::1]", "it names no port"},
      {"redis:", "the port is not a number from 1 to 65535"},
      {"redis:0", "the port is not a number from 1 to 65535"},
      {"redis:65536", "the port is not a number from 1 to 65535"},
      {"redis:-0", "the port is not a number from 1 to 65535"},
      {"redis:6379/0", "the port is not a number from 1 to 65535"},
      {"[::1:80", "the bracket of the address is not closed"},
      {"[::1]80", "only a port may follow the address"},
      {"::1:80", "it names no host"},
      {"fd00::1:80", "the port is not a number from 1 to 65535"},
      {"[redis]:80", "the host is neither a name nor an address; IPv6 stands in brackets"},
      {"a b:80", "the host is neither a name nor an address; IPv6 stands in brackets"},
      {"tcp://a:80", "the port is not a number from 1 to 65535"},
  }));
  CAPTURE(text);
  CHECK(parse_host_port(text).problem == expected);
  CHECK(parse_host_port(text).where == HostPort{});
}

TEST_CASE("a port may have a standard", "[host_port]") {
  CHECK(parse_host_port("web", 80).where == HostPort{"web", 80});
  CHECK(parse_host_port("web:81", 80).where == HostPort{"web", 81});
}

TEST_CASE("literal addresses", "[host_port]") {
  CHECK(is_address("127.0.0.1"));
  CHECK(is_address("::"));
  CHECK_FALSE(is_address("localhost"));
  CHECK_FALSE(is_address("1.2.3"));
}
