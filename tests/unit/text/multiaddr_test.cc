#include "init/text/multiaddr.h"

#include <random>

#include "init/text/multiaddr_finder.h"
#include "tests/catch.h"

using namespace usher;

namespace {

const std::string kPeer = "12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X";
const std::string kOldPeer = "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N";
const std::string kCidPeer = "bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe";
const std::string kCerthash = "uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g";
const std::string kOnion3 = "vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd";

std::string why_not(const std::string& text) {
  const Multiaddr address = parse_multiaddr(text);
  return address.error ? std::to_string(address.error->position) + ' ' + std::string(address.error->reason)
                       : "";
}

}  // namespace

TEST_CASE("addresses that are good", "[multiaddr]") {
  for (const std::string& text : std::vector<std::string>{
           "/ip4/1.2.3.4",
           "/ip4/0.0.0.0/tcp/0",
           "/ip4/127.0.0.1/tcp/65535/",
           "/ip4/172.18.0.3/tcp/41837/p2p/" + kPeer,
           "/ip4/172.18.0.3/tcp/41837/p2p/" + kOldPeer,
           "/ip4/172.18.0.3/tcp/41837/ipfs/" + kOldPeer,
           "/ip4/172.18.0.3/tcp/41837/p2p/" + kCidPeer,
           "/p2p/" + kPeer,
           "/ip6/::1/udp/4001/quic-v1",
           "/ip6/2601:9:4f81:9700:803e:ca65:66e8:c21/tcp/1",
           "/ip6/::ffff:1.2.3.4/tcp/1",
           "/ip6zone/eth0/ip6/fe80::1/tcp/1",
           "/ip4/10.0.0.0/ipcidr/8",
           "/dns/example.com/tcp/443/wss",
           "/dns4/redis/tcp/6379",
           "/dns6/a.b-c.d_e/tcp/1/tls/ws",
           "/dns/_service.example.com./tcp/1",
           "/dnsaddr/bootstrap.libp2p.io/p2p/" + kOldPeer,
           "/ip4/1.2.3.4/udp/9/quic-v1/webtransport/certhash/" + kCerthash + "/certhash/" + kCerthash +
               "/p2p/" + kPeer,
           "/ip4/1.2.3.4/udp/9/webrtc-direct/certhash/" + kCerthash,
           "/ip4/1.2.3.4/tcp/9/ws/p2p/" + kOldPeer + "/p2p-circuit/webrtc/p2p/" + kPeer,
           "/ip4/1.2.3.4/tcp/443/tls/sni/example.com/http/http-path/a%2Fb",
           "/ip4/1.2.3.4/sctp/1",
           "/ip4/1.2.3.4/dccp/1/noise",
           "/ip4/1.2.3.4/udp/1/utp",
           "/unix/run/echo.sock",
           "/unix/a/b/c/d%20e",
           "/onion/aaimaq4ygg2iegci:80",
           "/onion3/" + kOnion3 + ":1234",
           "/garlic64/" + std::string(516, 'j'),
           "/garlic32/" + std::string(52, 'a'),
           "/memory/1234",
       }) {
    CAPTURE(text);
    CHECK(why_not(text) == "");
  }
}

TEST_CASE("addresses that are not, and where", "[multiaddr]") {
  const auto [text, why] = GENERATE(table<std::string, std::string>({
      {"", "0 does not begin with a slash"},
      {"ip4/1.2.3.4", "0 does not begin with a slash"},
      {"/", "1 no such protocol"},
      {"//", "1 no such protocol"},
      {"/ip4", "4 expected an IPv4 address"},
      {"/ip4/", "5 expected an IPv4 address"},
      {"/ip4/1.2.3", "5 expected an IPv4 address"},
      {"/ip4/1.2.3.256", "5 expected an IPv4 address"},
      {"/ip4/01.2.3.4", "5 expected an IPv4 address"},
      {"/ip4/::1", "5 expected an IPv4 address"},
      {"/ip6/1.2.3.4", "5 expected an IPv6 address"},
      {"/ip6/::1%eth0", "5 expected an IPv6 address"},
      {"/ip6/:::1", "5 expected an IPv6 address"},
      {"/ip4/1.2.3.4/tcp", "16 expected a port from 0 to 65535"},
      {"/ip4/1.2.3.4/tcp/65536", "17 expected a port from 0 to 65535"},
      {"/ip4/1.2.3.4/tcp/-1", "17 expected a port from 0 to 65535"},
      {"/ip4/1.2.3.4/tcp/80x", "17 expected a port from 0 to 65535"},
      {"/ip4/1.2.3.4/tcp/+80", "17 expected a port from 0 to 65535"},
      {"/ip4/1.2.3.4/tcp/80/index.html", "20 no such protocol"},
      {"/ip4/1.2.3.4//tcp/80", "13 no such protocol"},
      {"/IP4/1.2.3.4", "1 no such protocol"},
      {"/ip6zone/eth0/ip4/1.2.3.4", "14 ip6zone stands before ip6 only"},
      {"/ip6zone/eth0", "13 ends after ip6zone"},
      {"/ip4/10.0.0.0/ipcidr/129", "21 expected a prefix length from 0 to 128"},
      {"/dns/", "5 expected a domain name"},
      {"/dns/a..b", "5 expected a domain name"},
      {"/dns/-a", "5 expected a domain name"},
      {"/dns/a b", "5 expected a domain name"},
      {"/p2p/", "5 expected a peer id"},
      {"/p2p/Qm", "5 expected a peer id"},
      {"/p2p/12D3KooW", "5 expected a peer id"},
      {"/p2p/QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx50", "5 expected a peer id"},
      {"/p2p/bafybeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe", "5 expected a peer id"},
      {"/ip4/1.2.3.4/udp/1/webrtc-direct/certhash/xyz", "42 expected a multihash in multibase"},
      {"/ip4/1.2.3.4/udp/1/webrtc-direct/certhash/uEi", "42 expected a multihash in multibase"},
      {"/onion/aaimaq4ygg2iegci", "7 expected an onion service and a port"},
      {"/onion/aaimaq4ygg2iegci:0", "7 expected an onion service and a port"},
      {"/onion/aaimaq4ygg2iegc:80", "7 expected an onion service and a port"},
      {"/onion/9aimaq4ygg2iegci:80", "7 expected an onion service and a port"},
      {"/garlic64/abc", "10 expected an I2P destination"},
      {"/garlic32/abc", "10 expected an I2P destination"},
      {"/ip4/1.2.3.4/tcp/1/http-path/a%2", "29 expected a percent-encoded path"},
      {"/memory/x", "8 expected a number"},
      {"/unix", "5 expected a path"},
  }));
  CAPTURE(text);
  CHECK(why_not(text) == why);
}

TEST_CASE("an identifier that is much too long costs nothing", "[multiaddr]") {
  CHECK(why_not("/p2p/1" + std::string(100'000, '2')) == "5 expected a peer id");
  CHECK(why_not("/p2p/k" + std::string(100'000, '2')) == "5 expected a peer id");
}

TEST_CASE("every protocol is found by its name", "[multiaddr]") {
  CHECK(find_protocol("quic-v1")->code == 461);
  CHECK(find_protocol("p2p")->code == find_protocol("ipfs")->code);
  CHECK(find_protocol("tcp6") == nullptr);
}

TEST_CASE("whether somebody could dial it", "[multiaddr]") {
  const auto [text, local, judged] = GENERATE(table<std::string, bool, Dialability>({
      {"/ip4/172.18.0.3/tcp/4001", false, Dialability::yes},
      {"/ip4/172.18.0.3/tcp/0", false, Dialability::port_zero},
      {"/ip4/172.18.0.3/udp/00/quic-v1", false, Dialability::port_zero},
      {"/ip4/0.0.0.0/tcp/4001", false, Dialability::unspecified},
      {"/ip4/0.0.0.0/tcp/4001", true, Dialability::unspecified},
      {"/ip6/::/udp/1/quic-v1", false, Dialability::unspecified},
      {"/ip6/::ffff:0.0.0.0/tcp/1", false, Dialability::unspecified},
      {"/ip4/127.0.0.1/tcp/4001", false, Dialability::loopback},
      {"/ip4/127.0.0.1/tcp/4001", true, Dialability::yes},
      {"/ip4/127.9.9.9/tcp/4001", false, Dialability::loopback},
      {"/ip6/::1/tcp/4001", false, Dialability::loopback},
      {"/ip6/::ffff:127.0.0.1/tcp/4001", false, Dialability::loopback},
      {"/dns/localhost/tcp/1", false, Dialability::loopback},
      {"/dns4/x.LocalHost./tcp/1", false, Dialability::loopback},
      {"/dns4/echo/tcp/1", false, Dialability::yes},
      {"/dnsaddr/bootstrap.libp2p.io", false, Dialability::yes},
      {"/ip6zone/eth0/ip6/fe80::1/tcp/1", false, Dialability::yes},
      {"/ip4/172.18.0.3", false, Dialability::no_address},
      {"/ip4/10.0.0.0/ipcidr/8", false, Dialability::no_address},
      {"/tcp/4001", false, Dialability::no_address},
      {"/p2p-circuit", false, Dialability::no_address},
      {"/unix/run/a.sock", false, Dialability::loopback},
      {"/unix/run/a.sock", true, Dialability::yes},
      {"/memory/1", true, Dialability::yes},
      {"/onion/aaimaq4ygg2iegci:80", false, Dialability::yes},
      {"/ip4/1.2.3.4/tcp/1/p2p-circuit/ip4/0.0.0.0/tcp/0", false, Dialability::yes},
      {"nonsense", false, Dialability::no_address},
  }));
  CAPTURE(text, local);
  CHECK(judge_dialability(parse_multiaddr(text), local) == judged);
}

TEST_CASE("lines that real nodes print", "[multiaddr_finder]") {
  const auto found = [](const std::string& line) { return find_multiaddr(line, false).value_or("none"); };
  const std::string full = "/ip4/172.18.0.3/tcp/41837/p2p/" + kPeer;
  CHECK(found(full) == full);
  CHECK(found("2026/11/24 08:00:00 My multiaddr is:  [/ip4/127.0.0.1/tcp/4001 /ip4/172.18.0.3/tcp/4001]") ==
        "/ip4/172.18.0.3/tcp/4001");
  CHECK(found("INFO listening for incoming connections on address address=/ip4/0.0.0.0/tcp/0") == "none");
  CHECK(found("listening for incoming connections on: \"/ip4/0.0.0.0/udp/0/webrtc-direct\".") == "none");
  CHECK(found("listening on: \"/ip4/10.1.2.3/udp/9/webrtc-direct\".") == "/ip4/10.1.2.3/udp/9/webrtc-direct");
  CHECK(found("Listening on: " + full) == full);
  CHECK(found("Will listen on: /ip4/0.0.0.0/tcp/0") == "none");
  CHECK(found("  '" + full + "',") == full);
  CHECK(found("[ '" + full + "' ]") == full);
  CHECK(found("Server listening on: " + full + ".") == full);
  CHECK(found("Publishing address for transport tcp: " + full + "\r") == full);
  CHECK(found("Listening in /ip4/127.0.0.1/tcp/4141") == "none");
  CHECK(found("Node started at <" + full + ">") == full);
  CHECK(found("{\"addr\":\"" + full + "\"}") == full);
  CHECK(found("addrs=" + full + ";other") == full);
  CHECK(found("at (" + full + "), ok") == full);
  CHECK(found(full + "/") == full);
}

TEST_CASE("an address that does not count is explained", "[multiaddr_finder]") {
  const auto why = [](const std::string& line, bool local = false) {
    UndialableMultiaddr passed_over;
    find_multiaddr(line, local, &passed_over);
    return passed_over.text.empty() ? "" : explain(passed_over);
  };
  CHECK(why("on /ip4/0.0.0.0/tcp/0.") == "\"/ip4/0.0.0.0/tcp/0\" does not count: its port is 0");
  CHECK(why("on /ip6/::/tcp/80") ==
        "\"/ip6/::/tcp/80\" does not count: it is no address that others could dial");
  CHECK(why("[/ip4/1.2.3.4/tcp/0 /ip4/127.0.0.1/tcp/7]") ==
        "\"/ip4/127.0.0.1/tcp/7\" does not count: only its own container can dial it; allow_loopback "
        "would let it count");
  CHECK(why("on /ip4/127.0.0.1/tcp/7", true).empty());
  CHECK(why("/ip4/1.2.3.4/tcp/7").empty());
  CHECK(why("/usr/bin /ip4/1.2.3.4").empty());
}

TEST_CASE("what only looks like an address", "[multiaddr_finder]") {
  for (const std::string& line : std::vector<std::string>{
           "", "/", "no slash", "http://example.com/ip4/1.2.3.4/tcp/80", "/var/lib/ip4/1.2.3.4/tcp/80",
           "./ip4/1.2.3.4/tcp/80", "a/ip4/1.2.3.4/tcp/80", "/ip4/1.2.3.4/tcp/80/index.html",
           "/ip4/1.2.3.4/tcp/99999", "/ip4/1.2.3.4/tcp/", "/ip4/1.2.3.4", "/ip4/1.2.3.4/tcp/80/p2p/Qm...",
           std::string("/ip4/1.2\0.3.4/tcp/80", 20), "\xff\xfe/ip4/", "/ip4/\xff/tcp/1"}) {
    CAPTURE(line);
    CHECK_FALSE(find_multiaddr(line, true));
  }
}

TEST_CASE("an address in the midst of rubbish is found, in time", "[multiaddr_finder]") {
  const std::string good = "/ip4/10.0.0.1/tcp/7";
  for (const std::string& junk : std::vector<std::string>{
           "/ip4", "/", "/ip4/1.1.1.1/tcp/0 ", "/dns/a/tcp/1/p2p/1", "\x80", "[\"", "x/"}) {
    std::string line;
    while (line.size() < 60'000) line += junk;
    CAPTURE(junk);
    CHECK(find_multiaddr(line + ' ' + good, false) == good);
  }
}

TEST_CASE("no bytes do harm", "[multiaddr_finder]") {
  std::mt19937 random(5);
  const std::vector<std::string> parts{"/ip4", "/1.2.3.4", "/tcp", "/1", "/p2p/", kPeer, kOldPeer, " ", "/",
                                       "/unix", "/ip6/::1", "\xff", "'", "/certhash/", kCerthash, "/dns/a"};
  for (int i = 0; i < 5'000; ++i) {
    std::string line;
    for (auto n = random() % 12; n > 0; --n) line += parts[random() % parts.size()];
    const auto found = find_multiaddr(line, true);
    if (!found) continue;
    CAPTURE(line, *found);
    REQUIRE(line.find(*found) != std::string::npos);
    REQUIRE(judge_dialability(parse_multiaddr(*found), true) == Dialability::yes);
  }
}

TEST_CASE("what is found parses as it is given", "[multiaddr]") {
  CHECK(find_multiaddr("/unix/run/a/", true) == "/unix/run/a");
  CHECK_FALSE(find_multiaddr("/unix//", true));  // without its last slash there is no path left
}
