#include "probes/grpc_probe.h"

#include <optional>

#include "init/base/text.h"
#include "init/config/probe_rows.h"
#include "init/net/grpc_call.h"
#include "init/net/grpc_health.h"
#include "probes/kind.h"
#include "probes/talking_probe.h"

namespace usher {
namespace {

// grpc-status values that say something of their own to whoever asks for health.
constexpr int kOk = 0, kNotFound = 5, kUnimplemented = 12;

class GrpcRun final : public TalkingProbe {
 public:
  GrpcRun(const GrpcProbe& config, ProbeContext& context);

  std::string open() override;
  std::optional<ProbeResult> hear(std::string_view bytes) override;

 private:
  ProbeResult judge() const;

  const GrpcProbe& config_;
  std::optional<GrpcCall> call_;
};

std::string target_text(const GrpcProbe& config) {
  const std::string server = std::string(config.tls ? "grpcs://" : "grpc://") + host_and_port(config.host, config.port);
  return config.service.empty() ? server : server + '/' + config.service;
}

Endpoint endpoint_of(const GrpcProbe& config) {
  Endpoint endpoint{config.host, config.port};
  if (config.tls) endpoint.tls = TlsUse{*config.tls, "h2"};
  return endpoint;
}

GrpcRun::GrpcRun(const GrpcProbe& config, ProbeContext& context)
    : TalkingProbe(context, endpoint_of(config), target_text(config),
                   "answer to the health check"),
      config_(config) {}

std::string GrpcRun::open() {
  call_.emplace(GrpcCall::Request{host_and_port(config_.host, config_.port),
                                  "/grpc.health.v1.Health/Check",
                                  health_check_request(config_.service),
                                  config_.tls ? "https" : "http"});
  return call_->take_output();
}

std::optional<ProbeResult> GrpcRun::hear(std::string_view bytes) {
  call_->feed(bytes);
  const std::string output = call_->take_output();
  if (call_->over()) return judge();
  send(output);
  return std::nullopt;
}

ProbeResult GrpcRun::judge() const {
  const GrpcCall::Response& response = call_->response();
  const std::string who =
      config_.service.empty() ? "the server" : "the service \"" + config_.service + '"';
  if (!call_->problem().empty()) return not_yet(call_->problem());
  if (response.code == kNotFound) return not_yet("the server does not know " + who);
  if (response.code == kUnimplemented)
    return not_yet("the server has no health service (grpc.health.v1.Health)");
  if (response.code < 0)
    return not_yet("the answer is not gRPC; its HTTP status is " + response.http_status);
  if (response.code != kOk) {
    const std::string message = decode_grpc_message(response.message);
    return not_yet("the health check failed with gRPC status " + std::to_string(response.code) +
                   (message.empty() ? "" : ": " + message));
  }
  const auto status = read_health_check_response(response.body);
  if (!status) return not_yet("the answer to the health check cannot be read");
  if (*status == ServingStatus::serving) return passed();
  if (*status == ServingStatus::service_unknown) return not_yet("the server does not know " + who);
  return not_yet(who + (*status == ServingStatus::not_serving ? " says NOT_SERVING"
                                                              : " says that its state is UNKNOWN"));
}

constexpr Key kKeys[] = {
    rows::kAddress<&GrpcProbe::host, &GrpcProbe::port>,
    rows::kTls<&GrpcProbe::tls>,
    {.path = "service",
     .fallback = R"("")",
     .help = "The service to ask about; by default the server as a whole.",
     .read = into<&GrpcProbe::service>},
};
constexpr std::string_view kSchemes[] = {"grpc", "grpcs"};

std::string read_url(std::string_view url, std::string_view rest, GrpcProbe& probe) {
  constexpr std::string_view kSecure = "grpcs";
  if (to_lower(url.substr(0, kSecure.size())) == kSecure) probe.tls.emplace();
  if (rest.find('@') != rest.npos) return "user and password do not go into this address";
  const std::size_t slash = rest.find('/');
  const auto [where, problem] = parse_host_port(rest.substr(0, slash));
  if (slash != rest.npos) probe.service = rest.substr(slash + 1);
  probe.host = where.host;
  probe.port = where.port;
  return problem.empty() ? rows::tls_problem(probe.tls) : problem;
}

constexpr ProbeKindOf<GrpcProbe> kKind({
    .name = "grpc",
    .keys = kKeys,
    .schemes = kSchemes,
    .url_form = "grpc[s]://host:port[/service]",
    .problem = [](const GrpcProbe& probe, const Value&, bool) { return rows::tls_problem(probe.tls); },
    .read_url = read_url,
    .target = target_text,
    .host = [](const GrpcProbe& probe) { return probe.host; },
    .make = make_run<GrpcRun, GrpcProbe>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& grpc = kKind;
}
const ProbeKind& probe_kind_of(const GrpcProbe&) { return kKind; }

}  // namespace usher
