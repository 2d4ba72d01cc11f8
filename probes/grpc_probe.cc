#include "probes/grpc_probe.h"

#include <optional>
#include <utility>

#include "init/base/duration.h"
#include "init/net/connect.h"
#include "init/net/grpc_call.h"
#include "init/net/grpc_health.h"
#include "init/net/stream.h"
#include "probes/answer.h"

namespace usher {
namespace {

// grpc-status values that say something of their own to whoever asks for health.
constexpr int kOk = 0, kNotFound = 5, kUnimplemented = 12;

class GrpcRun final : public Probe {
 public:
  GrpcRun(const GrpcProbe& config, ProbeContext& context)
      : config_(config),
        loop_(context.loop),
        target_(target_text(config)),
        connector_(context.loop, context.resolver),
        answer_(context.loop) {}

  void start(Millis timeout, Done done) override;
  const std::string& target() const override { return target_; }

 private:
  void on_connected(Fd connection);
  void on_bytes(std::string_view bytes);
  void on_end(const std::string& how);
  void too_long();
  void give_up();
  ProbeResult judge() const;
  void finish(ProbeResult result);

  const GrpcProbe& config_;
  Loop& loop_;
  const std::string target_;
  Connector connector_;
  std::optional<Stream> stream_;
  std::optional<GrpcCall> call_;
  Answer answer_;
  bool expired_ = false;
};

void GrpcRun::start(Millis timeout, Done done) {
  expired_ = false;
  answer_.expect(timeout, std::move(done), [this] { too_long(); });
  connector_.start({config_.host, config_.port, {}}, Millis{0},
                   [this](Fd connection, std::string why) {
                     if (!connection) return finish(not_yet(std::move(why)));
                     on_connected(std::move(connection));
                   });
}

void GrpcRun::on_connected(Fd connection) {
  if (expired_) return give_up();
  call_.emplace(GrpcCall::Request{host_and_port(config_.host, config_.port),
                                  "/grpc.health.v1.Health/Check",
                                  health_check_request(config_.service)});
  stream_.emplace(
      loop_, std::move(connection), [this](std::string_view bytes) { on_bytes(bytes); },
      [this](const std::string& how) { on_end(how); });
  stream_->send(call_->take_output());
}

void GrpcRun::on_bytes(std::string_view bytes) {
  call_->feed(bytes);
  const std::string output = call_->take_output();
  if (call_->over()) return finish(judge());
  if (!output.empty()) stream_->send(output);
}

void GrpcRun::on_end(const std::string& how) {
  finish(not_yet("no answer to the health check: " + how));
}

// The connection may have been accepted in the same turn of the loop: then the connector has it.
void GrpcRun::too_long() {
  expired_ = true;
  stream_ ? give_up() : connector_.expire();
}

void GrpcRun::give_up() {
  finish(not_yet("connected, but no answer to the health check within " +
                 format_duration(answer_.timeout())));
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

void GrpcRun::finish(ProbeResult result) {
  stream_.reset();
  call_.reset();
  answer_.give(std::move(result));
}

}  // namespace

std::unique_ptr<Probe> make(const GrpcProbe& config, ProbeContext& context) {
  return std::make_unique<GrpcRun>(config, context);
}

std::string target_text(const GrpcProbe& config) {
  const std::string server = "grpc://" + host_and_port(config.host, config.port);
  return config.service.empty() ? server : server + '/' + config.service;
}

}  // namespace usher
