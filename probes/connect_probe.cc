#include "probes/connect_probe.h"

#include <utility>

#include "init/net/connect.h"
#include "probes/answer.h"

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

}  // namespace

std::unique_ptr<Probe> make(const TcpProbe& config, ProbeContext& context) {
  return std::make_unique<ConnectProbe>(Endpoint{config.host, config.port, {}}, target_text(config),
                                        context);
}

std::string target_text(const TcpProbe& config) {
  return "tcp://" + host_and_port(config.host, config.port);
}

std::unique_ptr<Probe> make(const UnixProbe& config, ProbeContext& context) {
  return std::make_unique<ConnectProbe>(Endpoint{{}, 0, config.path}, target_text(config), context);
}

std::string target_text(const UnixProbe& config) { return "unix:" + config.path; }

}  // namespace usher
