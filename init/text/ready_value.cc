#include "init/text/ready_value.h"

#include "init/base/text.h"
#include "init/text/host_port.h"
#include "init/text/multiaddr.h"

namespace usher {

ReadyValue parse_ready_value(std::string_view found) {
  ReadyValue ready{std::string(found), {}, 0};
  if (!found.starts_with('/')) {
    const HostPort where = parse_host_port(found).where;
    ready.host = where.host;
    ready.port = where.port;
    return ready;
  }
  const Multiaddr address = parse_multiaddr(found);
  if (address.error) return ready;
  for (const MultiaddrComponent& part : address.components) {
    const MultiaddrValue kind = part.protocol->value;
    const bool host = kind == MultiaddrValue::ip4 || kind == MultiaddrValue::ip6 || kind == MultiaddrValue::dns;
    if (host && ready.host.empty()) ready.host = part.value;
    if (kind != MultiaddrValue::port) continue;
    ready.port = static_cast<std::uint16_t>(parse_integer(part.value).value_or(0));
    break;
  }
  return ready;
}

std::optional<std::string> part_of(const ReadyValue& ready, std::string_view name, bool alone) {
  if (name == "value") return ready.value;
  if (name == "port") return ready.port == 0 ? "" : std::to_string(ready.port);
  if (name != "host") return {};
  const bool brackets = !alone && ready.host.find(':') != std::string::npos;
  return brackets ? '[' + ready.host + ']' : ready.host;
}

}  // namespace usher
