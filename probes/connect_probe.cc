#include "probes/connect_probe.h"

#include <utility>

#include "init/base/text.h"
#include "init/config/probe_rows.h"
#include "init/net/connect.h"
#include "init/text/words.h"
#include "probes/answer.h"
#include "probes/kind.h"

namespace usher {
namespace {

class ConnectProbe final : public Probe {
 public:
  ConnectProbe(Endpoint endpoint, std::string target, ProbeContext& context)
      : endpoint_(std::move(endpoint)),
        target_(std::move(target)),
        connector_(context.loop, context.resolver),
        answer_(context.loop) {}

  void start(Millis timeout, Done done) override {
    answer_.expect(timeout, std::move(done), [this] { connector_.expire(); });
    connector_.start(endpoint_, Millis{0}, [this](const Fd& connection, std::string reason) {
      answer_.give(connection ? passed() : not_yet(std::move(reason)));
    });
  }
  const std::string& target() const override { return target_; }

 private:
  const Endpoint endpoint_;
  const std::string target_;
  Connector connector_;
  Answer answer_;
};

std::string tcp_target(const TcpProbe& config) {
  return std::string(config.tls ? "tls://" : "tcp://") + host_and_port(config.host, config.port);
}

std::string unix_target(const UnixProbe& config) { return "unix:" + config.path; }

constexpr Key kTcpKeys[] = {
    rows::kAddress<&TcpProbe::host, &TcpProbe::port>,
    rows::kTls<&TcpProbe::tls>,
    {.path = "min_days",
     .type = KeyType::integer,
     .fallback = "0",
     .help = "With tls: for how many days the server's certificate has to be good still.",
     .read = into<&TcpProbe::min_days>,
     .most = 3650},
};
constexpr std::string_view kTcpSchemes[] = {"tcp", "tls"};

Endpoint tcp_endpoint(const TcpProbe& probe) {
  Endpoint endpoint{probe.host, probe.port};
  if (probe.tls) endpoint.tls = TlsUse{*probe.tls, {}, probe.min_days};
  return endpoint;
}

std::string tcp_problem(const TcpProbe& probe, const Value&, bool whole) {
  if (whole && probe.min_days > 0 && !probe.tls) return "min_days looks at a certificate; expected tls = true";
  return rows::tls_problem(probe.tls);
}

std::string read_tcp_url(std::string_view url, std::string_view rest, TcpProbe& probe) {
  // Somebody's password would be shown as a part of the address.
  if (rest.find('@') != rest.npos) return "user and password do not go into this address";
  const auto [where, problem] = parse_host_port(rest);
  probe = {where.host, where.port};
  if (to_lower(url.substr(0, 4)) == "tls:") probe.tls.emplace();
  return problem.empty() ? rows::tls_problem(probe.tls) : problem;
}

constexpr ProbeKindOf<TcpProbe> kTcp({
    .name = "tcp",
    .keys = kTcpKeys,
    .schemes = kTcpSchemes,
    .url_form = "tcp://host:port",
    .problem = tcp_problem,
    .read_url = read_tcp_url,
    .target = tcp_target,
    .host = [](const TcpProbe& probe) { return probe.host; },
    .make = [](const TcpProbe& probe, ProbeContext& context) -> std::unique_ptr<Probe> {
      return std::make_unique<ConnectProbe>(tcp_endpoint(probe), tcp_target(probe), context);
    },
});

constexpr Key kUnixKeys[] = {rows::kPath<&UnixProbe::path>};
constexpr std::string_view kUnixSchemes[] = {"unix"};

std::string read_unix_url(std::string_view, std::string_view rest, UnixProbe& probe) {
  probe.path = path_of(rest);
  if (!probe.path.starts_with('/') && !probe.path.starts_with('@'))
    return "expected unix:/path, or unix:@name for an abstract socket";
  return unix_address(probe.path) ? "" : "the name of a socket has at most 107 bytes";
}

constexpr ProbeKindOf<UnixProbe> kUnix({
    .name = "unix",
    .keys = kUnixKeys,
    .schemes = kUnixSchemes,
    .url_form = "unix:/path",
    .read_url = read_unix_url,
    .target = unix_target,
    .make = [](const UnixProbe& probe, ProbeContext& context) -> std::unique_ptr<Probe> {
      return std::make_unique<ConnectProbe>(Endpoint{{}, 0, probe.path}, unix_target(probe), context);
    },
});

}  // namespace

namespace probe_kind {
const ProbeKind& tcp = kTcp;
const ProbeKind& unix_socket = kUnix;
}
const ProbeKind& probe_kind_of(const TcpProbe&) { return kTcp; }
const ProbeKind& probe_kind_of(const UnixProbe&) { return kUnix; }

}  // namespace usher
