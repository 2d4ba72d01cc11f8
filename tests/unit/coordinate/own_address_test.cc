#include "init/coordinate/own_address.h"

#include "init/net/address.h"
#include "tests/catch.h"

using namespace usher;

TEST_CASE("an address that means nothing elsewhere becomes the container's", "[own_address]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"/ip4/0.0.0.0/tcp/4001", "/ip4/172.18.0.3/tcp/4001"},
      {"/ip4/127.0.0.1/udp/4001/quic-v1", "/ip4/172.18.0.3/udp/4001/quic-v1"},
      {"/ip4/127.1.2.3/tcp/1/ws", "/ip4/172.18.0.3/tcp/1/ws"},
      {"/ip6/::/tcp/4001", "/ip6/fd00::3/tcp/4001"},
      {"/ip6/::1/tcp/4001", "/ip6/fd00::3/tcp/4001"},
      {"/ip6/0:0:0:0:0:0:0:0/tcp/1", "/ip6/fd00::3/tcp/1"},
      // These are good, or nothing that could be mended.
      {"/ip4/10.0.0.1/tcp/4001", "/ip4/10.0.0.1/tcp/4001"},
      {"/ip6/fd00::9/tcp/4001", "/ip6/fd00::9/tcp/4001"},
      {"/dns4/node/tcp/4001", "/dns4/node/tcp/4001"},
      {"0.0.0.0:4001", "0.0.0.0:4001"},
      {"/ip4/0.0.0.0/nonsense/1", "/ip4/0.0.0.0/nonsense/1"},
      {"", ""},
  }));
  CHECK(with_own_address(text, {"172.18.0.3", "fd00::3"}) == expected);
  CHECK(needs_own_address(text) == (text != expected));
}

TEST_CASE("without an address of its family it stays as it is", "[own_address]") {
  CHECK(with_own_address("/ip4/0.0.0.0/tcp/1", {"", "fd00::3"}) == "/ip4/0.0.0.0/tcp/1");
  CHECK(with_own_address("/ip6/::1/tcp/1", {"172.18.0.3", ""}) == "/ip6/::1/tcp/1");
  // Who listens on :: takes IPv4, too.
  CHECK(with_own_address("/ip6/::/tcp/1", {"172.18.0.3", ""}) == "/ip4/172.18.0.3/tcp/1");
}

TEST_CASE("what the kernel says about our addresses are addresses", "[own_address]") {
  const OwnAddresses own = find_own_addresses();
  if (!own.ip4.empty()) CHECK(parse_address(own.ip4, 1)->family() == AF_INET);
  if (!own.ip6.empty()) CHECK(parse_address(own.ip6, 1)->family() == AF_INET6);
}
