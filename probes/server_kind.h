// Kinds that ask a server whether it serves, and nothing else: in their settings is only where it is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "init/config/probe_rows.h"
#include "init/net/address.h"
#include "init/text/server_url.h"
#include "probes/kind.h"
#include "probes/talking_probe.h"

namespace usher {

struct ServerProbe {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const ServerProbe&) const = default;
};

inline constexpr Key kServerKeys[] = {rows::kAddress<&ServerProbe::host, &ServerProbe::port>};

// `scheme` is the name of the kind, too; `Run` is made of the context, where to connect to, and what
// it shows as its target.
template <const std::string_view& scheme, std::uint16_t port, typename Run>
constexpr ProbeKindOf<ServerProbe> server_kind(std::string_view url_form) {
  return ProbeKindOf<ServerProbe>({
      .name = scheme,
      .keys = kServerKeys,
      .schemes = {&scheme, 1},
      .url_form = url_form,
      .read_url = [](std::string_view, std::string_view rest, ServerProbe& probe) {
        const ServerUrl url = parse_server_url(rest, port);
        probe = {url.where.host, url.where.port};
        return url.problem;
      },
      .target = [](const ServerProbe& probe) {
        return std::string(scheme) + "://" + host_and_port(probe.host, probe.port);
      },
      .host = [](const ServerProbe& probe) { return probe.host; },
      .make = [](const ServerProbe& probe, ProbeContext& context) -> std::unique_ptr<Probe> {
        return std::make_unique<Run>(
            context, Endpoint{probe.host, probe.port, {}},
            std::string(scheme) + "://" + host_and_port(probe.host, probe.port));
      },
  });
}

}  // namespace usher
