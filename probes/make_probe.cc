#include "probes/make_probe.h"

#include "probes/connect_probe.h"
#include "probes/exec_probe.h"
#include "probes/file_probe.h"
#include "probes/grpc_probe.h"
#include "probes/http_probe.h"
#include "probes/process_probe.h"
#include "probes/redis_probe.h"
#include "probes/service_probe.h"

namespace usher {
namespace {

std::string_view kind_name(const LineProbe& config) { return config.on_stdout ? "stdout" : "stderr"; }
std::string_view kind_name(const RedisProbe&) { return "redis"; }
std::string_view kind_name(const TcpProbe&) { return "tcp"; }
std::string_view kind_name(const UnixProbe&) { return "unix"; }
std::string_view kind_name(const HttpProbe&) { return "http"; }
std::string_view kind_name(const GrpcProbe&) { return "grpc"; }
std::string_view kind_name(const ExecProbe&) { return "exec"; }
std::string_view kind_name(const FileProbe&) { return "file"; }
std::string_view kind_name(const ProcessProbe&) { return "process"; }
std::string_view kind_name(const NotifyProbe&) { return "notify"; }

}  // namespace

std::unique_ptr<Probe> make_probe(const ProbeConfig& config, ProbeContext& context) {
  return std::visit([&](const auto& kind) { return make(kind, context); }, config);
}

std::string target_of(const ProbeConfig& config) {
  return std::visit([](const auto& kind) { return target_text(kind); }, config);
}

std::string_view kind_of(const ProbeConfig& config) {
  return std::visit([](const auto& kind) { return kind_name(kind); }, config);
}

}  // namespace usher
