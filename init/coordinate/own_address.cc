#include "init/coordinate/own_address.h"

#include <sys/socket.h>

#include "init/net/address.h"
#include "init/os/fd.h"
#include "init/text/multiaddr.h"

namespace usher {
namespace {

// The source address of a datagram to `outside`: connecting a UDP socket only looks up the route.
// Documentation addresses lie behind the default route and belong to nobody.
std::string source_towards(std::string_view outside) {
  const auto to = parse_address(outside, 9);
  if (!to) return {};
  const Fd fd(::socket(to->family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  Address own;
  own.length = sizeof own.storage;
  if (!fd || ::connect(fd.get(), to->get(), to->length) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own.storage), &own.length) != 0)
    return {};
  return own.text();
}

}  // namespace

OwnAddresses find_own_addresses() {
  return {source_towards("192.0.2.1"), source_towards("2001:db8::1")};
}

bool needs_own_address(std::string_view multiaddr) {
  const Multiaddr parsed = parse_multiaddr(multiaddr);
  if (parsed.error || parsed.components.empty()) return false;
  const std::string_view first = parsed.components.front().protocol->name;
  if (first != "ip4" && first != "ip6") return false;
  // With a port of our own: that of the text may be 0, and the address a relayed one.
  const std::string alone =
      '/' + std::string(first) + '/' + std::string(parsed.components.front().value) + "/tcp/1";
  const Dialability judged = judge_dialability(parse_multiaddr(alone), false);
  return judged == Dialability::unspecified || judged == Dialability::loopback;
}

std::string with_own_address(const std::string& multiaddr, const OwnAddresses& own) {
  if (!needs_own_address(multiaddr)) return multiaddr;
  const Multiaddr parsed = parse_multiaddr(multiaddr);
  const auto& first = parsed.components.front();
  const std::string rest(first.value.data() + first.value.size(),
                         multiaddr.data() + multiaddr.size());
  const bool ip4 = first.protocol->name == "ip4";
  if (!ip4 && !own.ip6.empty()) return "/ip6/" + own.ip6 + rest;
  if (!own.ip4.empty() && (ip4 || first.value == "::")) return "/ip4/" + own.ip4 + rest;
  return multiaddr;
}

}  // namespace usher
