#include "init/text/multiaddr.h"

#include <array>

#include "init/text/multiaddr_value.h"

namespace usher {
namespace {

using enum MultiaddrValue;

// From protocols.csv of multiformats/multiaddr; `ipfs` is the old name of `p2p`.
constexpr std::array kProtocols = {
    MultiaddrProtocol{"ip4", 4, ip4},
    MultiaddrProtocol{"tcp", 6, port},
    MultiaddrProtocol{"dccp", 33, port},
    MultiaddrProtocol{"ip6", 41, ip6},
    MultiaddrProtocol{"ip6zone", 42, zone},
    MultiaddrProtocol{"ipcidr", 43, prefix_length},
    MultiaddrProtocol{"dns", 53, dns},
    MultiaddrProtocol{"dns4", 54, dns},
    MultiaddrProtocol{"dns6", 55, dns},
    MultiaddrProtocol{"dnsaddr", 56, dns},
    MultiaddrProtocol{"sctp", 132, port},
    MultiaddrProtocol{"udp", 273, port},
    MultiaddrProtocol{"p2p-webrtc-star", 275, none},
    MultiaddrProtocol{"p2p-webrtc-direct", 276, none},
    MultiaddrProtocol{"p2p-stardust", 277, none},
    MultiaddrProtocol{"webrtc-direct", 280, none},
    MultiaddrProtocol{"webrtc", 281, none},
    MultiaddrProtocol{"p2p-circuit", 290, none},
    MultiaddrProtocol{"udt", 301, none},
    MultiaddrProtocol{"utp", 302, none},
    MultiaddrProtocol{"unix", 400, path},
    MultiaddrProtocol{"p2p", 421, peer},
    MultiaddrProtocol{"ipfs", 421, peer},
    MultiaddrProtocol{"https", 443, none},
    MultiaddrProtocol{"onion", 444, onion},
    MultiaddrProtocol{"onion3", 445, onion3},
    MultiaddrProtocol{"garlic64", 446, garlic64},
    MultiaddrProtocol{"garlic32", 447, garlic32},
    MultiaddrProtocol{"tls", 448, none},
    MultiaddrProtocol{"sni", 449, dns},
    MultiaddrProtocol{"noise", 454, none},
    MultiaddrProtocol{"quic", 460, none},
    MultiaddrProtocol{"quic-v1", 461, none},
    MultiaddrProtocol{"webtransport", 465, none},
    MultiaddrProtocol{"certhash", 466, certhash},
    MultiaddrProtocol{"ws", 477, none},
    MultiaddrProtocol{"wss", 478, none},
    MultiaddrProtocol{"p2p-websocket-star", 479, none},
    MultiaddrProtocol{"http", 480, none},
    MultiaddrProtocol{"http-path", 481, http_path},
    MultiaddrProtocol{"memory", 777, number},
    MultiaddrProtocol{"plaintextv2", 7367777, none},
};

constexpr std::uint32_t kIp4 = 4, kIp6 = 41, kZone = 42, kDnsaddr = 56, kUnix = 400, kCircuit = 290,
                        kMemory = 777;

// One step of the parser: the part of the text up to the next slash.
std::string_view take_part(std::string_view text, std::size_t& at) {
  const auto slash = text.find('/', at);
  const auto part = text.substr(at, slash == std::string_view::npos ? slash : slash - at);
  at += part.size();
  return part;
}

bool is_dns(const MultiaddrComponent& c) { return c.protocol->code >= 53 && c.protocol->code <= 56; }

Dialability judge_host(const MultiaddrComponent& host) {
  const IpKind kind = host.protocol->code == kIp4   ? kind_of_ip4(host.value)
                      : host.protocol->code == kIp6 ? kind_of_ip6(host.value)
                      : is_localhost(host.value)    ? IpKind::loopback
                                                    : IpKind::other;
  if (kind == IpKind::unspecified) return Dialability::unspecified;
  return kind == IpKind::loopback ? Dialability::loopback : Dialability::yes;
}

Dialability only_if(bool allowed) { return allowed ? Dialability::yes : Dialability::loopback; }

}  // namespace

const MultiaddrProtocol* find_protocol(std::string_view name) {
  for (const MultiaddrProtocol& protocol : kProtocols)
    if (protocol.name == name) return &protocol;
  return nullptr;
}

Multiaddr parse_multiaddr(std::string_view text) {
  Multiaddr address;
  const auto fail = [&](std::size_t position, std::string_view reason) {
    address.error = MultiaddrError{position, reason};
    return address;
  };
  if (!text.starts_with('/')) return fail(0, "does not begin with a slash");
  std::size_t at = 0;
  while (at < text.size()) {
    ++at;  // the slash
    if (at == text.size() && !address.components.empty()) break;
    const std::size_t name_at = at;
    const MultiaddrProtocol* protocol = find_protocol(take_part(text, at));
    if (protocol == nullptr) return fail(name_at, "no such protocol");
    std::string_view value;
    if (protocol->value == path) {
      value = text.substr(std::min(at + 1, text.size()));
      at = text.size();
    } else if (protocol->value != none && at < text.size()) {
      ++at;
      value = take_part(text, at);
    }
    const auto problem = problem_of(protocol->value, value);
    if (!problem.empty()) return fail(at - value.size(), problem);
    const auto& before = address.components;
    if (!before.empty() && before.back().protocol->code == kZone && protocol->code != kIp6)
      return fail(name_at, "ip6zone stands before ip6 only");
    address.components.push_back({protocol, value});
  }
  if (address.components.empty()) return fail(0, "is empty");
  if (address.components.back().protocol->code == kZone) return fail(text.size(), "ends after ip6zone");
  return address;
}

Dialability judge_dialability(const Multiaddr& address, bool allow_loopback) {
  const auto& all = address.components;
  if (address.error || all.empty()) return Dialability::no_address;
  std::size_t i = all[0].protocol->code == kZone ? 1 : 0;
  const MultiaddrComponent& host = all[i++];
  const auto code = host.protocol->code;
  if (code == kUnix || code == kMemory) return only_if(allow_loopback);
  if (host.protocol->value == onion || host.protocol->value == onion3 ||
      host.protocol->value == garlic64 || host.protocol->value == garlic32)
    return Dialability::yes;
  if (code != kIp4 && code != kIp6 && !is_dns(host)) return Dialability::no_address;

  const bool has_port = i < all.size() && all[i].protocol->value == port;
  if (!has_port && code != kDnsaddr) return Dialability::no_address;
  for (; i < all.size() && all[i].protocol->code != kCircuit; ++i)
    if (all[i].protocol->value == port && is_zero(all[i].value)) return Dialability::port_zero;
  const Dialability judged = judge_host(host);
  return judged == Dialability::loopback ? only_if(allow_loopback) : judged;
}

}  // namespace usher
